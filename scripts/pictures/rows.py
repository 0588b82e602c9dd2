"""Rows of the marts that pictures read, under the marts' own names.

The yml beside each mart describes its columns; only those that are shown are here. A
share or a mean is None where it does not exist: of an empty state, say.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass


@dataclass(frozen=True)
class State:
    """A row of the mart states."""

    state_id: int
    state_key: str
    state_name: str
    description: str | None
    n_users: int
    user_share: float | None
    n_user_weeks: int
    user_week_share: float | None
    n_rides: int
    ride_share: float | None
    mean_rides: float | None
    active_share: float | None
    stay_probability: float | None
    expected_stay_weeks: float | None

    @property
    def is_of_the_model(self) -> bool:
        """Whether the model knows it; state 0 is of users who never rode yet."""
        return self.state_id > 0


@dataclass(frozen=True)
class Transition:
    """A row of state_transitions: one pair of states."""

    from_state_id: int
    to_state_id: int
    probability: float
    expected_moves: float
    observed_moves: int
    observed_share: float | None


@dataclass(frozen=True)
class Profile:
    """A row of state_profiles: one feature of one state."""

    state_id: int
    feature: str
    feature_position: int
    mean_value: float | None
    mean_of_everyone: float | None
    standard_deviations_from_everyone: float | None


@dataclass(frozen=True)
class Size:
    """A row of state_sizes: one state in one week."""

    week_start: datetime.date
    state_id: int
    n_users: int
    user_share: float


@dataclass(frozen=True)
class Candidate:
    """A row of model_selection: one number of states that was tried."""

    n_states: int
    verdict: str
    defects: str | None
    choice: str
    next_week_log_score: float | None
    next_week_log_score_standard_error: float | None
    base_log_score: float | None
    score_behind_best: float | None
    score_behind_best_standard_error: float | None
    n_holdout_users: int
    stability: float | None
    n_polished_starts: int
    n_starts_at_best: int
    smallest_state_share: float
    n_floor_hits: int
    separation_p_value: float | None
    bic: float
    is_within_one_standard_error: bool | None
    has_passed_guards: bool
    is_chosen: bool


@dataclass(frozen=True)
class Rhythm:
    """A row of state_rhythms: one hour of the week in one state."""

    state_id: int
    iso_weekday: int
    hour_of_day: int
    n_requests: int
    n_rides: int


@dataclass(frozen=True)
class Attribute:
    """A row of state_attributes: one city, payment mode or platform in one state."""

    state_id: int
    attribute_name: str
    attribute_value: str
    n_requests: int
    n_rides: int
    request_share: float
    request_share_of_everyone: float


@dataclass(frozen=True)
class Stay:
    """A row of state_stays: a number of weeks in one state."""

    state_id: int
    n_weeks: int
    n_at_risk: int
    n_left: int
    n_still_there: int
    longer_share: float
    expected_longer_share: float


@dataclass(frozen=True)
class Dominance:
    """Users of user_dominant_states who were mostly in one state over one span.

    The span is `dominant` (the whole history), `recent`, `active` (weeks with a ride)
    or `current`, as in the names of the mart's columns.
    """

    span: str
    state_id: int
    n_users: int
