"""The queries that `make bench-panel` compares the panel's models with.

The plainest panel reads the same screened rides, aggregates them by user and week, and
repeats each week up to the next one: the least work that a weekly panel can take. It
has no rolling price, no rides away and no value "so far"; every value comes from the
week alone.

The plain query with the same columns is what the panel is without the project: one
statement without closed weeks, absent sources or settings of features. Its rows must
equal those of user_week_panel on a log that has every source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

PLAIN_WEEKS = """
create table plain.weeks as
select
    rides.user_id, rides.week_start,
    count(*) as n_requests,
    count(case when is_completed then 1 end) as n_rides,
    count(case when is_cancelled then 1 end) as n_cancellations,
    count(case when is_painful_cancellation then 1 end) as n_painful_cancellations,
    avg(case when is_weekend then 1.0 else 0.0 end) as weekend_share,
    avg(case when is_evening then 1.0 else 0.0 end) as evening_share,
    avg(case when payment_mode = 'cash' then 1.0 else 0.0 end) as cash_share,
    avg(case when coupon_count > 0 then 1.0 else 0.0 end) as coupon_share,
    avg(price_in_reporting_currency) as avg_price,
    avg(surge_multiplier) as mean_surge_multiplier,
    bool_or(payment_mode = 'cash') as is_cash,
    bool_or(platform = 'ios') as is_ios,
    min(city) <> max(city) as has_used_multiple_cities,
    min(requested_at) as first_request_at,
    max(requested_at) as last_request_at
from {rides} as rides
cross join {as_of_week} as as_of_week
where rides.week_start <= as_of_week.as_of_week_start
group by rides.user_id, rides.week_start
"""

PLAIN_PANEL = """
create table plain.panel as
with followed as (
    select
        weeks.*,
        coalesce(
            lead(weeks.week_start) over (
                partition by weeks.user_id order by weeks.week_start
            ),
            as_of_week.as_of_week_start + 7
        ) as next_week_start
    from plain.weeks as weeks
    cross join {as_of_week} as as_of_week
)
select
    user_id, week_start + 7 * n_silent_weeks as week_start,
    week_start as filled_from_week_start,
    case when n_silent_weeks = 0 then n_requests else 0 end as n_requests,
    case when n_silent_weeks = 0 then n_rides else 0 end as n_rides,
    case when n_silent_weeks = 0 then n_cancellations else 0 end as n_cancellations,
    case when n_silent_weeks = 0 then n_painful_cancellations else 0 end
        as n_painful_cancellations,
    weekend_share, evening_share, cash_share, coupon_share, avg_price,
    mean_surge_multiplier, is_cash, is_ios, has_used_multiple_cities,
    n_silent_weeks as weeks_since_last_ride
from followed
cross join lateral generate_series(0, (next_week_start - week_start) / 7 - 1)
    as silent (n_silent_weeks)
"""

_SAME_COLUMNS = """
create table plain.same_columns as
with past_rides as (
    select rides.*
    from {rides} as rides
    cross join {as_of_week} as as_of_week
    where rides.week_start <= as_of_week.as_of_week_start
),
weeks as (
    select
        user_id, week_start,
        count(*) as n_requests,
        count(*) filter (where is_completed) as n_rides,
        count(*) filter (where is_cancelled) as n_cancellations,
        count(*) filter (where is_painful_cancellation) as n_painful_cancellations,
        count(*) filter (where is_completed and is_weekend) as n_weekend_rides,
        count(*) filter (where is_completed and is_evening) as n_evening_rides,
        count(*) filter (where is_completed and coupon_count > 0) as n_coupon_rides,
        count(coupon_count) filter (where is_completed) as n_rides_with_coupon_count,
        count(city) filter (where is_completed) as n_rides_with_city,
        {counts_of_parts},
        sum(surge_multiplier) filter (where is_completed) as surge,
        count(surge_multiplier) filter (where is_completed) as n_surges,
        min(requested_at) filter (where is_completed) as first_ride_at,
        max(requested_at) filter (where is_completed) as last_ride_at,
        min(city) filter (where is_completed) as first_city,
        max(city) filter (where is_completed) as last_city
    from past_rides
    group by user_id, week_start
),
rolled as (
    select
        user_id, week_start,
        payment_mode = 'cash' as is_cash, platform = 'ios' as is_ios,
        avg(price_in_reporting_currency) over last_rides as rolling_avg_price,
        lead(week_start) over last_rides is distinct from week_start as is_last
    from past_rides
    where is_completed
    window last_rides as (
        partition by user_id order by requested_at_local, ride_id
        rows between {n_rides_before} preceding and current row
    )
),
ride_weeks as (
    select
        user_id, week_start,
        avg(cast(cast(is_cash as int) as double precision)) as cash_share,
        cast(max(rolling_avg_price) filter (where is_last) as double precision)
            as rolling_avg_price,
        bool_or(is_cash) filter (where is_last) as is_cash,
        bool_or(is_ios) filter (where is_last) as is_ios
    from rolled
    group by user_id, week_start
),
city_weeks as (
    select
        user_id, week_start, city, count(*) as n_rides,
        1000000 * sum(count(*)) over (partition by user_id, city order by week_start)
            - dense_rank() over (order by city) as score,
        dense_rank() over (order by city) as place
    from past_rides
    where is_completed and city is not null
    group by user_id, week_start, city
),
usual as (
    select
        user_id, week_start, n_rides, place,
        coalesce(
            max(score) over (
                partition by user_id order by week_start
                range between unbounded preceding and interval '1 day' preceding
            ),
            max(score) over (partition by user_id order by week_start)
        ) as usual_score
    from city_weeks
),
away as (
    select user_id, week_start, sum(n_rides) as n_away_rides
    from usual
    where mod(usual_score + place, 1000000) <> 0
    group by user_id, week_start
),
so_far as (
    select
        weeks.*,
        lead(week_start) over w as next_week_start,
        min(week_start) over w as first_week_start,
        max(week_start) filter (where n_rides > 0) over w as last_ride_week_start,
        sum(n_requests) over w as requests, sum(n_rides) over w as rides,
        sum(n_cancellations) over w as cancellations,
        sum(n_weekend_rides) over w as weekend_rides,
        sum(n_evening_rides) over w as evening_rides,
        sum(n_coupon_rides) over w as coupon_rides,
        sum(n_rides_with_coupon_count) over w as rides_with_coupon_count,
        sum(surge) over w as total_surge, sum(n_surges) over w as surges,
        min(first_ride_at) over w as first_at, max(last_ride_at) over w as last_at,
        min(first_city) over w as least_city, max(last_city) over w as greatest_city
    from weeks
    window w as (partition by user_id order by week_start)
)
select
    so_far.user_id, so_far.week_start + 7 * n_silent as week_start,
    so_far.week_start as filled_from_week_start,
    so_far.n_rides > 0 and n_silent = 0 as is_active,
    {counts},
    {integer_counts},
    case when last_ride_week_start is not null then least(
        (so_far.week_start - last_ride_week_start) / 7 + n_silent, {lapse_after_weeks}
    ) end as weeks_since_last_ride,
    (so_far.week_start - first_week_start) / 7 + n_silent as weeks_on_platform,
    cast(weekend_rides as double precision) / nullif(rides, 0) as weekend_share,
    cast(evening_rides as double precision) / nullif(rides, 0) as evening_share,
    case when last_ride_week_start is not null
        then cast(cancellations as double precision) / requests
    end as cancellation_share,
    case when last_ride_week_start is not null
        then coalesce(cash_share, 0) end as cash_share,
    case when last_ride_week_start is not null then coalesce(
        cast(coupon_rides as double precision) / nullif(rides_with_coupon_count, 0), 0
    ) end as coupon_share,
    case when last_ride_week_start is not null
        then coalesce(rolling_avg_price, 0) end as rolling_avg_price,
    case when last_ride_week_start is not null then coalesce(
        cast(extract(epoch from last_at - first_at) as double precision) / 86400
            / nullif(rides - 1, 0), 30
    ) end as avg_days_between_rides,
    case when last_ride_week_start is not null then coalesce(
        cast(total_surge as double precision) / nullif(surges, 0), 1
    ) end as mean_surge_multiplier,
    case when last_ride_week_start is not null
        then coalesce(is_cash, false) end as is_cash,
    case when last_ride_week_start is not null
        then coalesce(is_ios, false) end as is_ios,
    case when last_ride_week_start is not null
        then coalesce(least_city <> greatest_city, false)
    end as has_used_multiple_cities,
    so_far.n_rides > 0 and so_far.n_rides = rides and n_silent = 0
        as is_first_ride_week,
    last_ride_week_start is not null as has_completed_ride,
    n_silent >= {lapse_after_weeks} as has_lapsed
from so_far
cross join {as_of_week} as as_of_week
left join ride_weeks
    on so_far.user_id = ride_weeks.user_id
    and so_far.last_ride_week_start = ride_weeks.week_start
left join away
    on so_far.user_id = away.user_id and so_far.week_start = away.week_start
cross join lateral generate_series(
    0, (coalesce(next_week_start, as_of_week_start + 7) - so_far.week_start) / 7 - 1
) as silent (n_silent)
"""

_OF_THE_WEEK = (
    "n_rides",
    "n_requests",
    "n_cancellations",
    "n_painful_cancellations",
)
_INTEGERS = (
    "n_weekend_rides",
    "n_evening_rides",
    "n_coupon_rides",
    "n_rides_with_coupon_count",
    "n_rides_with_city",
)
_DAYS = ("workday", "weekend")
_HOURS = ("night", "morning", "midday", "evening", "late")


def plainest_panel(relations: Mapping[str, str]) -> Sequence[str]:
    """Return the statements of the plainest panel.

    Parameters
    ----------
    relations : mapping of str to str
        The tables `rides` and `as_of_week`.
    """
    return (
        PLAIN_WEEKS.format(**relations),
        "analyze plain.weeks",
        PLAIN_PANEL.format(**relations),
    )


def same_columns(relations: Mapping[str, str], settings: Mapping[str, Any]) -> str:
    """Return the statement that makes the columns of user_week_panel.

    Parameters
    ----------
    relations : mapping of str to str
        The tables `rides` and `as_of_week`.
    settings : mapping
        The project's vars.
    """
    parts = [f"{days}_{hours}" for days in _DAYS for hours in _HOURS]
    return _SAME_COLUMNS.format(
        **relations,
        n_rides_before=settings["rolling_price_rides"] - 1,
        lapse_after_weeks=settings["lapse_after_weeks"],
        counts_of_parts=",\n        ".join(
            "count(*) filter (where is_completed and day_part = "
            f"'{part}') as n_rides_{part}"
            for part in parts
        ),
        counts=_zero_in_silent_weeks({column: column for column in _OF_THE_WEEK}),
        integer_counts=_zero_in_silent_weeks(
            {
                column: f"cast({column} as int)"
                for column in (*_INTEGERS, *(f"n_rides_{part}" for part in parts))
            }
            | {"n_away_rides": "cast(coalesce(n_away_rides, 0) as int)"}
        ),
    )


def _zero_in_silent_weeks(columns: Mapping[str, str]) -> str:
    return ",\n    ".join(
        f"case when n_silent = 0 then {value} else 0 end as {column}"
        for column, value in columns.items()
    )
