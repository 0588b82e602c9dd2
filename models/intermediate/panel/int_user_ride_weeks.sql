{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start'},
    post_hook="{{ indexed_by_week(this) }}",
) }}
{#
    A user's completed rides at the end of each week with one: attributes of the last
    ride, and averages up to it.
#}
with

rides as (

    select * from {{ ref('int_rides') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

last_closed_rides as (

    select * from {{ ref('int_last_closed_rides') }}

),

completed as (

    select
        rides.user_id,
        rides.week_start,
        rides.requested_at_local,
        rides.ride_id,
        rides.price_in_reporting_currency as price,
        case
            when rides.payment_mode = 'cash' then 1
            when rides.payment_mode is not null then 0
        end as is_cash,
        case
            when rides.platform = 'ios' then 1
            when rides.platform is not null then 0
        end as is_ios
    from rides
    cross join as_of_week
    where
        rides.is_completed
        and rides.week_start <= as_of_week.as_of_week_start
        and {{ is_open_week('rides.week_start') }}
    union all
    select
        user_id,
        week_start,
        requested_at_local,
        ride_id,
        price,
        null as is_cash,
        null as is_ios
    from last_closed_rides

),

-- Each ride gets the average price of the last rides up to it, and whether it is the
-- last of its week. Both use one window, so the rides are sorted once.
rolled as (

    select
        user_id,
        week_start,
        is_cash,
        is_ios,
        cast(avg(price) over last_rides as {{ type_double() }})
            as rolling_avg_price,
        coalesce(lead(week_start) over last_rides > week_start, true)
            as is_last_of_week
    from completed
    window
        last_rides as (
            partition by user_id
            order by requested_at_local, ride_id
            rows between
            {{ var('rolling_price_rides') | int - 1 }} preceding and current row
        )

),

aggregated as (

    select
        user_id,
        week_start,
        avg(cast(is_cash as {{ type_double() }})) as cash_share,
        max(case when is_last_of_week then rolling_avg_price end)
            as rolling_avg_price,
        max(case when is_last_of_week then is_cash end) as is_cash,
        max(case when is_last_of_week then is_ios end) as is_ios
    from rolled
    where {{ is_open_week('week_start') }}
    group by user_id, week_start

)

select * from aggregated
