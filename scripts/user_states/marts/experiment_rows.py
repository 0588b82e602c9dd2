"""Rows of the marts about experiments, returns, messages and changed rules."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource


@dataclass(frozen=True)
class ExperimentRow(MartRow):
    """How far an experiment is."""

    source = MartSource("experiment_status", "experiment")

    experiment: str
    title: str
    description: str | None
    population: str
    follow_days: int
    n_assigned: int
    n_followed: int
    sample_ratio_p: float | None
    is_stopped: bool
    status: str


@dataclass(frozen=True)
class ExperimentResultRow(MartRow):
    """A variant against the control, by one metric."""

    source = MartSource("experiment_results", "experiment, variant, metric")

    experiment: str
    variant: str
    metric: str
    n_customers: int
    n_control: int
    mean_value: float | None
    mean_control: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    p_value: float | None
    p_holm: float | None
    power_reached: float | None
    verdict: str
    sentence: str | None
    profit_per_customer: float | None
    return_on_investment: float | None


@dataclass(frozen=True)
class InteractionRow(MartRow):
    """Whether a variant does the same in every state, or every segment."""

    source = MartSource(
        "experiment_results_by_group",
        sql="""
        select distinct experiment, variant, metric, group_kind, interaction_p
        from {mart}
        where interaction_p is not null
        order by experiment, variant, metric, group_kind
        """,
    )

    experiment: str
    variant: str
    metric: str
    group_kind: str
    interaction_p: float


@dataclass(frozen=True)
class AudienceReturnRow(MartRow):
    """Whether acting on an audience pays."""

    source = MartSource("audience_returns", "audience")

    audience: str
    title: str
    contribution_margin: float
    n_treated: int
    n_held_out: int
    n_contacts: int
    n_more_coupons: float
    cost_of_acting: float | None
    margin_gained: float | None
    profit: float | None
    profit_low: float | None
    profit_high: float | None
    return_on_investment: float | None
    why_not_measured: str | None
    verdict: str


@dataclass(frozen=True)
class WrittenMessagesRow(MartRow):
    """The messages that a trigger has written."""

    source = MartSource(
        "outbox_messages",
        sql="""
        select
            trigger,
            count(*) as n_messages,
            max(written_at) as last_written_at
        from {mart}
        group by trigger
        order by trigger
        """,
    )

    trigger: str
    n_messages: int
    last_written_at: datetime.datetime


@dataclass(frozen=True)
class MessageStatusRow(MartRow):
    """What came of a trigger's messages at an endpoint."""

    source = MartSource(
        "outbox_status",
        sql="""
        select
            trigger,
            endpoint,
            status,
            count(*) as n_messages
        from {mart}
        group by trigger, endpoint, status
        order by trigger, endpoint, status
        """,
    )

    trigger: str
    endpoint: str
    status: str
    n_messages: int


@dataclass(frozen=True)
class RuleChangeRow(MartRow):
    """A rule of a cohort, audience or trigger that was changed."""

    source = MartSource("rule_changes", "changed_at desc, rule_kind, rule_name")

    rule_kind: str
    rule_name: str
    changed_at: datetime.datetime
    rule_before: str | None
    rule_after: str | None
    n_members_before: int | None
    n_members_after: int
    mean_rides_difference_before: float | None
    mean_rides_difference_since: float | None


@dataclass(frozen=True)
class WeakSegmentRow(MartRow):
    """A segment whose customers come back less than others."""

    source = MartSource(
        "segment_performance", "active_share, segment_id", "is_underperforming"
    )

    segment_id: int
    segment_name: str
    n_customers: int
    active_share: float
    active_share_of_all: float
    as_of_week_start: datetime.date
