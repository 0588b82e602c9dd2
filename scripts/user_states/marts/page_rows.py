"""Rows of the marts that only the explorer's page reads, under the marts' own names."""

from __future__ import annotations

import datetime
from dataclasses import dataclass


@dataclass(frozen=True)
class Flow:
    """A row of state_flows: users of one state in one week, and of another later."""

    from_week_start: datetime.date
    to_week_start: datetime.date
    from_state_id: int
    to_state_id: int
    n_users: int
    n_users_as_known: int | None
    is_settled: bool


@dataclass(frozen=True)
class JourneyWeek:
    """A row of example_journeys: one week of one typical user, who is not named.

    The user is the example `journey_number` of `state_id`; `week_state_id` is the state
    in that week.
    """

    state_id: int
    journey_number: int
    week_start: datetime.date
    week_state_id: int
    n_requests: int
    n_rides: int


@dataclass(frozen=True)
class JourneyRide:
    """A row of example_journey_rides: one request of such a user."""

    state_id: int
    journey_number: int
    week_start: datetime.date
    iso_weekday: int
    hour_of_day: int
    status: str
    city: str | None
    payment_mode: str | None
    platform: str | None
    price: float | None


@dataclass(frozen=True)
class JourneyUser:
    """Who an example is; read only where the var explorer_shows_user_ids is true."""

    state_id: int
    journey_number: int
    user_id: str


@dataclass(frozen=True)
class QualityCheck:
    """A row of quality_checks: one measure of the data or the model, and its limit."""

    check_name: str
    subject: str
    title: str
    measured_value: float | None
    threshold: float | None
    unit: str
    is_warning: bool
    not_measured_because: str | None
    what_to_do: str


@dataclass(frozen=True)
class Drift:
    """A row of feature_drift: a feature in recent weeks, and when the model learned."""

    feature: str
    feature_position: int
    reference_mean: float | None
    recent_mean: float | None
    standardised_difference: float | None
    population_stability_index: float | None
    is_drifting: bool


@dataclass(frozen=True)
class NextWeeks:
    """What user_outlook expects of all users together, after its newest week."""

    n_users: int
    n_riding_next_week: float
    n_riding_4_weeks: float
    n_rides_next_week: float


@dataclass(frozen=True)
class AudienceDefinition:
    """A row of the seed audience_definitions: an audience and who is meant by it."""

    audience: str
    description: str


@dataclass(frozen=True)
class AudienceSize:
    """Users who are in an audience of the mart audiences, and those left alone."""

    audience: str
    n_members: int
    n_held_out: int


@dataclass(frozen=True)
class AudienceEffect:
    """A row of audience_effects: what acting on an audience does."""

    audience: str
    holdout_share: float
    n_treated: int
    n_held_out: int
    n_treated_exposed: int
    n_held_out_exposed: int
    rode_share_treated: float | None
    rode_share_held_out: float | None
    rode_share_difference: float | None
    rode_share_difference_low: float | None
    rode_share_difference_high: float | None


@dataclass(frozen=True)
class Run:
    """A row of runs: one fit."""

    run_id: str
    created_at: datetime.datetime
    first_week_start: datetime.date
    last_week_start: datetime.date
    n_states: int
    emissions: str
    choice: str
    n_users: int
    n_user_weeks: int
    next_week_log_score: float | None
    base_log_score: float | None
    has_passed_guards: bool
    defects: str | None
    is_champion: bool


@dataclass(frozen=True)
class LineageStep:
    """A row of state_lineage: what became of a state when a run was promoted."""

    run_id: str
    lineage_position: int
    promoted_at: datetime.datetime
    previous_run_id: str | None
    relation: str
    state_key: str | None
    state_name: str | None
    previous_state_name: str | None
    share_of_state: float | None
