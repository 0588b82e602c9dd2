"""Rows of the marts about customers: all that is counted in hindsight.

A customer is one person, whatever identifiers they have. Their past is told with all
links between identifiers that are known now.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.crossing_rows import PERIODS_READ
from user_states.marts.mart_row import MartRow, MartSource

# Months and weeks of sign-ups that are read.
MONTHS_READ = 13
SIGN_UP_WEEKS_READ = 13
# Only the first example of each kind is shown. The current settings decide.
_SHOWN = "example_number = 1 and {n_journeys} > 0"


@dataclass(frozen=True)
class KnownCustomerRow(MartRow):
    """Customers by what they are known by."""

    source = MartSource(
        "customer_identifiers",
        sql="""
        with known as (
            select
                customer_id,
                bool_or(identifier_type = 'user_id') as has_account,
                bool_or(
                    identifier_type not in ('user_id', 'anonymous_id')
                ) as has_contact
            from {mart}
            group by customer_id
        )
        select has_account, has_contact, count(*)
        from known
        group by has_account, has_contact
        order by has_account, has_contact
        """,
    )

    has_account: bool
    has_contact: bool
    n_customers: int


@dataclass(frozen=True)
class IdentifierCountRow(MartRow):
    """Identifiers of one type."""

    source = MartSource(
        "customer_identifiers",
        sql="""
        select identifier_type, count(*)
        from {mart}
        group by identifier_type
        order by identifier_type
        """,
    )

    identifier_type: str
    n_identifiers: int


@dataclass(frozen=True)
class CustomerSourceRow(MartRow):
    """Customers of one source; `n_only_here` are known from no other."""

    source = MartSource(
        "customer_sources",
        sql="""
        with counted as (
            select
                source,
                n_events,
                count(*) over (partition by customer_id) as n_sources
            from {mart}
        )
        select
            source,
            count(*),
            count(case when n_sources = 1 then 1 end),
            cast(sum(n_events) as bigint)
        from counted
        group by source
        order by count(*) desc, source
        """,
    )

    source_name: str
    n_customers: int
    n_only_here: int
    n_events: int


@dataclass(frozen=True)
class SeveralSourcesRow(MartRow):
    """Customers by the number of sources in which they were seen."""

    source = MartSource(
        "customer_sources",
        sql="""
        with counted as (
            select count(*) as n_sources
            from {mart}
            group by customer_id
        )
        select n_sources, count(*)
        from counted
        group by n_sources
        order by n_sources
        """,
    )

    n_sources: int
    n_customers: int


@dataclass(frozen=True)
class CustomerPeriodRow(MartRow):
    """Customers who did something in a period, and who of them came or stayed away.

    As in `GrowthRow`: `n_active` is `n_new` + `n_retained` + `n_resurrected`.
    """

    source = MartSource(
        "customer_growth_accounting",
        sql=f"""
        with newest as (
            select
                period_weeks,
                period_start,
                n_active,
                n_new,
                n_retained,
                n_resurrected,
                n_dormant,
                row_number() over (
                    partition by period_weeks order by period_start desc
                ) as place
            from {{mart}}
            where split_by = 'all'
        )
        select
            period_weeks,
            period_start,
            n_active,
            n_new,
            n_retained,
            n_resurrected,
            n_dormant
        from newest
        where place <= case when period_weeks = 1 then 54 else {PERIODS_READ} end
        order by period_weeks, period_start
        """,
    )

    period_weeks: int
    period_start: datetime.date
    n_active: int
    n_new: int
    n_retained: int
    n_resurrected: int
    n_dormant: int


@dataclass(frozen=True)
class ReturnRow(MartRow):
    """Customers who signed up in one month or week, and who of them came later.

    Months and weeks that are not over are left out.
    """

    source = MartSource(
        "customer_retention_cohorts",
        sql=f"""
        with placed as (
            select
                cohort_length,
                cohort_period_start,
                periods_since_sign_up,
                n_cohort_customers,
                n_active,
                is_over,
                dense_rank() over (
                    partition by cohort_length order by cohort_period_start desc
                ) as place
            from {{mart}}
        )
        select
            cohort_length,
            cohort_period_start,
            periods_since_sign_up,
            n_cohort_customers,
            n_active
        from placed
        where
            is_over
            and place <= case
                when cohort_length = 'month' then {MONTHS_READ}
                else {SIGN_UP_WEEKS_READ}
            end
        order by cohort_length, cohort_period_start, periods_since_sign_up
        """,
    )

    cohort_length: str
    cohort_period_start: datetime.date
    periods_since_sign_up: int
    n_cohort_customers: int
    n_active: int


@dataclass(frozen=True)
class CohortRuleRow(MartRow):
    """A cohort: its name for people, and its rule in a sentence."""

    source = MartSource("cohort_rules", "cohort")

    cohort: str
    title: str
    description: str


@dataclass(frozen=True)
class CohortWeekRow(MartRow):
    """One cohort at the end of one week of the newest year."""

    source = MartSource(
        "cohort_sizes",
        "cohort, week_start",
        "week_start > (select max(newest.week_start) from {mart} as newest) - 371",
    )

    week_start: datetime.date
    cohort: str
    n_customers: int
    n_entered: int
    n_left: int


@dataclass(frozen=True)
class BuyerRow(MartRow):
    """A cell of the grid of buyers; scores go from 1 to 3."""

    source = MartSource("rfm_grid", "recency_score, frequency_score, value_score")

    recency_score: int
    frequency_score: int
    value_score: int
    n_customers: int
    spend: float | None
    least_days: int | None
    most_days: int | None
    least_purchases: int | None
    most_purchases: int | None
    least_spend: float | None
    most_spend: float | None


@dataclass(frozen=True)
class LinkRow(MartRow):
    """Links between two types of identifiers; `reason` says why they are not used."""

    source = MartSource("identity_links", "from_type, to_type, reason")

    from_type: str
    to_type: str
    reason: str
    n_links: int
    n_merges: int
    is_used: bool


@dataclass(frozen=True)
class EventOutcomeRow(MartRow):
    """Events of one source that were kept, or set aside for one reason."""

    source = MartSource("event_outcomes", "source, outcome, reason")

    # The column `source` of the mart is not needed: the page adds the sources up.
    outcome: str
    reason: str
    n_events: int
    is_set_aside: bool


@dataclass(frozen=True)
class ExampleCustomerRow(MartRow):
    """An example of a customer, without any id."""

    source = MartSource("example_customers", "example_kind", _SHOWN)

    example_kind: str
    n_events: int
    n_sources: int
    n_users: int
    state_key: str | None
    state_since_week_start: datetime.date | None


@dataclass(frozen=True)
class ExampleCustomerIdRow(MartRow):
    """The id of an example; no row unless explorer_shows_user_ids is true."""

    source = MartSource(
        "example_customers", "example_kind", f"{_SHOWN} and {{shows_user_ids}}"
    )

    example_kind: str
    customer_id: str


@dataclass(frozen=True)
class ExampleWeekRow(MartRow):
    """What an example did in one week: events of one type and source."""

    source = MartSource(
        "example_customer_events",
        sql=f"""
        select
            example_kind,
            week_start,
            source,
            event_type,
            platform,
            count(*),
            count(distinct session_key),
            sum(event_value)
        from {{mart}}
        where {_SHOWN}
        group by example_kind, week_start, source, event_type, platform
        order by example_kind, week_start, source, event_type, platform
        """,
    )

    example_kind: str
    week_start: datetime.date
    source_name: str
    event_type: str
    platform: str | None
    n_events: int
    n_sessions: int
    value: float | None


@dataclass(frozen=True)
class ExampleStepRow(MartRow):
    """What became known of an example: an identifier, a join, a cohort.

    `event_type` is what the customer did at that moment; None if only time has passed.
    """

    source = MartSource("example_customer_steps", "example_kind, step_number", _SHOWN)

    example_kind: str
    step_number: int
    happened_on: datetime.date
    step_kind: str
    subject: str
    from_type: str
    event_type: str | None
