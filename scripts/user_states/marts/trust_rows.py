"""Rows of the marts about how far data, model and forecasts can be trusted."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource


@dataclass(frozen=True)
class QualityCheckRow(MartRow):
    """One measure of the data or the model, and its limit."""

    source = MartSource("quality_checks", "is_warning desc, check_name, subject")

    check_name: str
    subject: str
    title: str
    measured_value: float | None
    threshold: float | None
    unit: str
    is_warning: bool
    not_measured_because: str | None
    found: str | None
    what_to_do: str


@dataclass(frozen=True)
class DriftRow(MartRow):
    """A feature in recent weeks, and in the weeks that the model was fitted on."""

    source = MartSource("feature_drift", "feature_position")

    feature: str
    feature_position: int
    reference_mean: float | None
    recent_mean: float | None
    standardised_difference: float | None
    population_stability_index: float | None
    is_drifting: bool


@dataclass(frozen=True)
class CandidateRow(MartRow):
    """One number of states that was tried."""

    source = MartSource("model_selection", "n_states")

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
class BacktestWeekRow(MartRow):
    """One forecast model of one target in one origin week."""

    source = MartSource("outlook_backtest", "target, origin_week_start, model")

    target: str
    origin_week_start: datetime.date
    model: str
    log_loss: float


@dataclass(frozen=True)
class BacktestSummaryRow(MartRow):
    """One forecast model of one target over all origin weeks."""

    source = MartSource("outlook_backtest_summary", "target, model")

    target: str
    model: str
    is_published: bool
    is_rival: bool
    first_origin_week_start: datetime.date
    last_origin_week_start: datetime.date
    n_users: int
    n_user_weeks: int
    forecast_ratio: float | None
    least_forecast_ratio: float | None
    greatest_forecast_ratio: float | None
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
class CalibrationBinRow(MartRow):
    """One tenth of the forecasts of one model and target."""

    source = MartSource("outlook_backtest_calibration", "target, model, bin")

    target: str
    model: str
    bin: int
    n_user_weeks: int
    mean_forecast: float
    mean_outcome: float
