"""Rows of the marts that pictures read, under the marts' own names.

The yml beside each mart describes its columns; only those that are shown are here. A
share or a mean is None where it does not exist: of an empty state, say.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.palette import StateStyle


@dataclass(frozen=True)
class StateRow:
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
class State(StateRow):
    """A row of the mart states, and how the state is drawn in every picture."""

    style: StateStyle


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
    n_rides: int
    n_users_as_known: int | None
    is_settled: bool


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
    n_training_users: int
    n_training_user_weeks: int
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


@dataclass(frozen=True)
class StateOutlook:
    """A row of state_outlook: what lies ahead of a user in one state."""

    state_id: int
    expected_stay_weeks: float | None
    expected_stay_weeks_low: float | None
    expected_stay_weeks_high: float | None
    long_run_share: float | None
    long_run_share_low: float | None
    long_run_share_high: float | None
    expected_rides_12_weeks: float | None
    expected_rides_12_weeks_low: float | None
    expected_rides_12_weeks_high: float | None


@dataclass(frozen=True)
class PairOutlook:
    """A row of state_pair_outlook: what lies between two states."""

    from_state_id: int
    to_state_id: int
    expected_weeks_to_reach: float | None
    expected_weeks_to_reach_low: float | None
    expected_weeks_to_reach_high: float | None
    associational_rides_gained_12_weeks: float | None
    associational_rides_gained_12_weeks_low: float | None
    associational_rides_gained_12_weeks_high: float | None


@dataclass(frozen=True)
class BacktestWeek:
    """A row of outlook_backtest: one origin week and one model."""

    origin_week_start: datetime.date
    model: str
    log_loss: float


@dataclass(frozen=True)
class BacktestSummary:
    """A row of outlook_backtest_summary: one model over all origins."""

    model: str
    is_published: bool
    first_origin_week_start: datetime.date
    last_origin_week_start: datetime.date
    n_users: int
    n_user_weeks: int
    log_loss: float
    brier_score: float
    auc: float | None
    calibration_slope: float | None
    calibration_error: float
    log_loss_gain: float | None
    log_loss_gain_low: float | None
    log_loss_gain_high: float | None
    brier_gain: float | None
    brier_gain_low: float | None
    brier_gain_high: float | None
    auc_gain: float | None
    auc_gain_low: float | None
    auc_gain_high: float | None
    backtest_id: str


@dataclass(frozen=True)
class CalibrationBin:
    """A row of outlook_backtest_calibration: one tenth of a model's forecasts."""

    model: str
    bin: int
    n_user_weeks: int
    mean_probability: float
    observed_share: float
