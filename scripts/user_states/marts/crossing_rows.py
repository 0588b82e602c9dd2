"""Rows of the marts by city and platform, as known at the end of each week.

The page shows the whole and the crossings of cities and platforms. A city or platform
that a log does not know is `not known`.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource

NOT_KNOWN = "not known"
# Cities beyond the largest ones are one group, so that a page of a log with hundreds of
# cities is still read in seconds.
OTHER_CITIES = "other cities"
MOST_CITIES = 40
# A year, the four weeks before it, and one more for the change in its first week.
WEEKS_READ = 57
# Periods of four weeks that are read: a year and one.
PERIODS_READ = 14


@dataclass(frozen=True)
class CrossingRow(MartRow):
    """A row about the users of one home city and platform."""

    home_city: str
    platform: str


@dataclass(frozen=True)
class CrossingSizeRow(CrossingRow):
    """One state in one week: users, who of them rode, their rides and what they paid.

    `spend` is None if the log has no prices.
    """

    source = MartSource(
        "state_sizes_by_city_and_platform",
        sql=f"""
        with largest as (
            select
                home_city,
                row_number() over (order by sum(n_users) desc, home_city) as place
            from {{mart}}
            where week_start = date '{{as_of_week}}'
            group by home_city
        )
        select
            case
                when largest.place <= {MOST_CITIES} then sizes.home_city
                else '{OTHER_CITIES}'
            end,
            sizes.platform,
            sizes.week_start,
            sizes.state_id,
            cast(sum(coalesce(sizes.n_users_as_known, sizes.n_users)) as bigint),
            cast(sum(coalesce(sizes.n_riders_as_known, sizes.n_riders)) as bigint),
            cast(sum(coalesce(sizes.n_rides_as_known, sizes.n_rides)) as bigint),
            sum(coalesce(sizes.spend_as_known, sizes.spend))
        from {{mart}} as sizes
        left join largest on sizes.home_city = largest.home_city
        where sizes.week_start > date '{{as_of_week}}' - {7 * WEEKS_READ}
        group by 1, 2, 3, 4
        order by 3, 4, 1, 2
        """,
    )

    week_start: datetime.date
    state_id: int
    n_users: int
    n_riders: int
    n_rides: int
    spend: float | None


@dataclass(frozen=True)
class GrowthRow(CrossingRow):
    """Users who rode in a period, and who of them came or stopped.

    `n_active` is `n_new` + `n_retained` + `n_resurrected`. `n_dormant` rode in the
    period before and not in this one. Periods are one or four weeks long.
    """

    source = MartSource(
        "growth_accounting",
        "period_weeks, period_start, home_city, platform",
        "period_start > date '{as_of_week}' - "
        f"(case when period_weeks = 1 then {7 * 54} else {28 * PERIODS_READ} end)",
    )

    period_weeks: int
    period_start: datetime.date
    n_active: int
    n_new: int
    n_retained: int
    n_resurrected: int
    n_dormant: int


@dataclass(frozen=True)
class CrossingFlowRow(CrossingRow):
    """Users of one state some weeks ago who are in a state now.

    `from_state_key` is `joined` for users who were not there yet.
    """

    source = MartSource(
        "state_flows_by_city_and_platform",
        "weeks_apart, from_state_key, to_state_key, home_city, platform",
    )

    weeks_apart: int
    from_week_start: datetime.date
    to_week_start: datetime.date
    from_state_key: str
    to_state_key: str
    n_users: int


@dataclass(frozen=True)
class ListCountRow(CrossingRow):
    """Users of one list, by whether they are written to, and what is expected."""

    source = MartSource(
        "audience_lists",
        sql="""
        select
            coalesce(home_city, 'not known'),
            coalesce(platform, 'not known'),
            audience,
            list_status,
            state_key,
            count(*),
            sum(expected_rides_4_weeks),
            sum(expected_spend_4_weeks)
        from {mart}
        group by 1, 2, audience, list_status, state_key
        order by audience, list_status, state_key, 1, 2
        """,
    )

    audience: str
    list_status: str
    state_key: str
    n_users: int
    expected_rides_4_weeks: float | None
    expected_spend_4_weeks: float | None


@dataclass(frozen=True)
class NextWeekRow(CrossingRow):
    """What is expected of the users of one city and platform in the next week."""

    source = MartSource(
        "user_list",
        sql="""
        select
            coalesce(home_city, 'not known'),
            coalesce(platform, 'not known'),
            count(*),
            sum(expected_rides_next_week),
            sum(expected_spend_next_week)
        from {mart}
        group by 1, 2
        order by 1, 2
        """,
    )

    n_users: int
    expected_rides: float | None
    expected_spend: float | None
