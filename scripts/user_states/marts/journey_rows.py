"""Rows of the marts about journeys: funnels, next steps, paths, incidents, types."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource


@dataclass(frozen=True)
class FunnelPlaceRow(MartRow):
    """A place of a funnel, counted in order and within the window."""

    source = MartSource(
        "journey_funnels",
        "funnel, unit, position",
        "counting = 'ordered' and within = 'window'",
    )

    funnel: str
    unit: str
    position: int
    steps: str
    title: str
    n_reached: int
    n_dropped: int | None
    share_of_first: float | None
    share_of_step_before: float | None


@dataclass(frozen=True)
class AnyStepRow(MartRow):
    """Customers who took at least one step of a funnel, whichever."""

    source = MartSource(
        "journey_funnels",
        "funnel",
        "counting = 'any' and within = 'ever' and unit = 'person' and position = 1",
    )

    funnel: str
    n_reached: int


@dataclass(frozen=True)
class OpenDropOffRow(MartRow):
    """Customers who stopped at a place of a funnel, and never came further."""

    source = MartSource(
        "journey_drop_offs",
        sql="""
        select
            funnel,
            position,
            min(step),
            count(distinct case when not went_further_before then customer_id end)
        from {mart}
        where is_open
        group by funnel, position
        order by funnel, position
        """,
    )

    funnel: str
    position: int
    step: str
    n_customers: int


@dataclass(frozen=True)
class StepTransitionRow(MartRow):
    """How often a step came next in sessions, for everybody."""

    source = MartSource(
        "journey_transitions",
        "from_step, n_transitions desc, to_step",
        "unit = 'session' and population = 'everybody'",
    )

    from_step: str
    to_step: str
    n_transitions: int
    n_from: int
    share: float


@dataclass(frozen=True)
class StepReachRow(MartRow):
    """How many visits to a step in sessions lead to a goal."""

    source = MartSource(
        "journey_reach", "goal, n_visits desc, step", "unit = 'session'"
    )

    goal: str
    step: str
    n_visits: int
    n_reaching: int
    share_as_seen: float
    share_by_chain: float


@dataclass(frozen=True)
class PathRow(MartRow):
    """A frequent path of sessions, and how much more often than usual it leads on."""

    source = MartSource("journey_paths", "leads_to, lift_low desc nulls last, path")

    leads_to: str
    path: str
    n_steps: int
    n_sessions: int
    n_reaching: int
    share: float
    base_share: float
    lift: float | None
    lift_low: float | None
    lift_high: float | None


@dataclass(frozen=True)
class IncidentRow(MartRow):
    """A step of a funnel that broke for some days, the newest first."""

    source = MartSource(
        "journey_incidents",
        "time_number desc, z_score, funnel, position, platform",
    )

    funnel: str
    position: int
    platform: str
    suspected_on: datetime.date
    first_alarm_on: datetime.date
    last_alarm_on: datetime.date
    title: str
    n_sessions: int
    n_further: int
    share: float
    share_before: float
    risen_step: str | None
    risen_share: float | None
    risen_share_before: float | None
    time_number: int
    is_strongest: bool
    is_current: bool


@dataclass(frozen=True)
class JourneyTypeRow(MartRow):
    """A type of sessions."""

    source = MartSource("journey_types", "session_share desc, type_id")

    type_id: int
    type_name: str
    medoid_path: str
    n_sessions: int
    session_share: float
    mean_steps: float | None
    goal_share: float | None


@dataclass(frozen=True)
class NextStepRow(MartRow):
    """A model of the next step, as it scored on held-out customers."""

    source = MartSource("journey_next_steps", "log_loss, model")

    model: str
    n_phases: int | None
    n_steps: int
    log_loss: float
    behind_chain: float | None
    behind_chain_error: float | None
    is_shown: bool


@dataclass(frozen=True)
class PhaseStepRow(MartRow):
    """A step in a phase."""

    source = MartSource("journey_phases", "phase_id, share desc, step")

    phase_id: int
    phase_name: str
    step_share: float
    exit_share: float
    step: str
    share: float
    lift: float


@dataclass(frozen=True)
class OrderTestRow(MartRow):
    """Whether a chain that knows one step is enough, for all steps together."""

    source = MartSource(
        "journey_order_tests", "unit", "step = 'any_step' and unit = 'session'"
    )

    unit: str
    n_visits: int
    chi_square: float
    degrees_of_freedom: int
    p_value: float | None
    cramers_v: float | None
