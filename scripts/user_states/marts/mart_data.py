"""What pictures are made of: rows of the marts, all of one moment.

The figures and the explorer's page read nothing else, so they state the same numbers.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.feature_labels import FeatureLabels
from user_states.marts.page_rows import (
    AudienceDefinition,
    AudienceEffect,
    AudienceSize,
    Drift,
    Flow,
    JourneyRide,
    JourneyUser,
    JourneyWeek,
    LineageStep,
    NextWeeks,
    QualityCheck,
    Run,
)
from user_states.marts.palette import StateStyle
from user_states.marts.rows import (
    Attribute,
    BacktestSummary,
    BacktestWeek,
    CalibrationBin,
    Candidate,
    Dominance,
    PairOutlook,
    Profile,
    Rhythm,
    Size,
    State,
    StateOutlook,
    Stay,
    Transition,
)

# How the marts know the states of user_weekly_states, as pictures of them say it.
HINDSIGHT = "states in hindsight, and of weeks since the last fit as known then"

# The marts leave an interval out where it cannot be had.
NO_INTERVALS = "No intervals: there are too few users for so many parameters."


@dataclass(frozen=True)
class MartData:
    """The marts as pictures need them; each is empty where its mart is.

    Attributes
    ----------
    run_id : str or None
        The run that the states are of; None before the first fit.
    as_of_week : date or None
        Monday of the last week that has states.
    currency : str
        Of every price: the var `reporting_currency`.
    labels : FeatureLabels
        Features in words, as declared in the var `features`.
    states : tuple of State
        In the order of display: by state_id, state 0 last.
    transitions, profiles, sizes, candidates, rhythms, attributes, stays : tuple
    state_outlooks, pair_outlooks : tuple
    backtest_weeks, backtest_summaries, calibration_bins : tuple
        Rows of the marts, in the order of their keys.
    dominances : tuple of Dominance
        Users by span and state.
    flows, journey_weeks, journey_rides, quality_checks, drifts : tuple
    audience_effects, runs, lineage : tuple
        Rows of the marts that only the page shows.
    journey_users : tuple of JourneyUser
        Empty unless the var `explorer_shows_user_ids` is true: nothing else in here
        names a user.
    next_weeks : NextWeeks or None
        What is expected of all users together; None where there is no outlook.
    audience_definitions : tuple of AudienceDefinition
        Who is meant by each audience.
    audience_sizes : tuple of AudienceSize
        Users who are in each audience.
    """

    run_id: str | None
    as_of_week: datetime.date | None
    currency: str
    labels: FeatureLabels
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    profiles: tuple[Profile, ...]
    sizes: tuple[Size, ...]
    candidates: tuple[Candidate, ...]
    rhythms: tuple[Rhythm, ...]
    attributes: tuple[Attribute, ...]
    stays: tuple[Stay, ...]
    dominances: tuple[Dominance, ...]
    state_outlooks: tuple[StateOutlook, ...]
    pair_outlooks: tuple[PairOutlook, ...]
    backtest_weeks: tuple[BacktestWeek, ...]
    backtest_summaries: tuple[BacktestSummary, ...]
    calibration_bins: tuple[CalibrationBin, ...]
    flows: tuple[Flow, ...]
    journey_weeks: tuple[JourneyWeek, ...]
    journey_rides: tuple[JourneyRide, ...]
    journey_users: tuple[JourneyUser, ...]
    quality_checks: tuple[QualityCheck, ...]
    drifts: tuple[Drift, ...]
    next_weeks: NextWeeks | None
    audience_definitions: tuple[AudienceDefinition, ...]
    audience_sizes: tuple[AudienceSize, ...]
    audience_effects: tuple[AudienceEffect, ...]
    runs: tuple[Run, ...]
    lineage: tuple[LineageStep, ...]

    @property
    def model_states(self) -> tuple[State, ...]:
        """The states of the model: all but state 0."""
        return tuple(state for state in self.states if state.is_of_the_model)

    @property
    def source_line(self) -> str:
        """As-of week and run, as every picture states them."""
        return f"as of the week of {self.as_of_week} · run {self.run_id}"

    @property
    def shown_run(self) -> Run | None:
        """The run that the states are of; None where the mart runs lacks it."""
        return next((run for run in self.runs if run.run_id == self.run_id), None)

    def style_of(self, state_id: int) -> StateStyle:
        """Return how a state is drawn."""
        return next(s.style for s in self.states if s.state_id == state_id)

    def name_of(self, state_id: int) -> str:
        """Return the name of a state."""
        return next(s.state_name for s in self.states if s.state_id == state_id)
