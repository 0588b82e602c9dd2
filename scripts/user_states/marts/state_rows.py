"""Rows of the marts about the states themselves.

The yml of each mart describes its columns; only those that are shown are here. A share
or a mean is None if it does not exist, for example for an empty state.
"""

from __future__ import annotations

from dataclasses import dataclass

from user_states.marts.families import Family
from user_states.marts.mart_row import MartRow, MartSource
from user_states.marts.palette import StateStyle


@dataclass(frozen=True)
class StateRow(MartRow):
    """One state."""

    source = MartSource("states", "state_id = 0, state_id")

    state_id: int
    state_key: str
    state_name: str
    state_short_name: str
    is_silent: bool
    description: str | None
    n_users: int
    user_share: float | None
    n_user_weeks: int
    user_week_share: float | None
    mean_rides: float | None
    active_share: float | None
    stay_probability: float | None
    expected_stay_weeks: float | None

    @property
    def is_of_the_model(self) -> bool:
        """Whether the model has this state; state 0 holds users without a ride."""
        return self.state_id > 0


@dataclass(frozen=True)
class ShownState(StateRow):
    """A state and how it is drawn, the same in every picture.

    Attributes
    ----------
    place : int
        Its place in the palette, from 1; 0 for users who have not started.
    family : Family or None
        None for users who have not started.
    style : StateStyle
    """

    place: int
    family: Family | None
    style: StateStyle


@dataclass(frozen=True)
class TransitionRow(MartRow):
    """A pair of states: how likely a move between them is."""

    source = MartSource("state_transitions", "from_state_id, to_state_id")

    from_state_id: int
    to_state_id: int
    probability: float
    expected_moves: float
    observed_moves: int
    observed_share: float | None


@dataclass(frozen=True)
class ProfileRow(MartRow):
    """One feature of one state."""

    source = MartSource("state_profiles", "feature_position, state_id")

    state_id: int
    feature: str
    feature_position: int
    n_user_weeks: int
    mean_value: float | None
    mean_of_everyone: float | None
    standard_deviations_from_everyone: float | None


@dataclass(frozen=True)
class WordRow(MartRow):
    """A word that a state may be called by: of how many of its users it is true."""

    source = MartSource("state_words", "state_id, is_in_name desc, word")

    state_id: int
    word: str
    word_kind: str
    meaning: str
    n_users_tested: int
    n_users_in_shorter_stays: int
    true_share: float
    is_in_name: bool
    name_true_share: float | None = None


@dataclass(frozen=True)
class RhythmRow(MartRow):
    """One hour of the week in one state."""

    source = MartSource("state_rhythms", "state_id, iso_weekday, hour_of_day")

    state_id: int
    iso_weekday: int
    hour_of_day: int
    n_requests: int
    n_rides: int


@dataclass(frozen=True)
class AttributeRow(MartRow):
    """One city, payment mode or platform in one state."""

    source = MartSource("state_attributes", "state_id, attribute_name, attribute_value")

    state_id: int
    attribute_name: str
    attribute_value: str
    n_requests: int
    n_rides: int
    request_share: float
    request_share_of_everyone: float


@dataclass(frozen=True)
class StayRow(MartRow):
    """A number of weeks in one state."""

    source = MartSource("state_stays", "state_id, n_weeks")

    state_id: int
    n_weeks: int
    n_at_risk: int
    n_left: int
    n_still_there: int
    longer_share: float
    expected_longer_share: float
