{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start'},
    post_hook="{{ indexed_by_week(this) }}",
) }}
{#
    What a user did in each week with a request, up to the as-of week.
#}
with

rides as (

    select * from {{ ref('int_rides') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

-- Sorted, because the groups of a large log do not fit into memory: for 4 million rides
-- 9 seconds of the processor in place of 12.
past_rides as (

    select rides.*
    from rides
    cross join as_of_week
    where
        rides.week_start <= as_of_week.as_of_week_start
        and {{ is_open_week('rides.week_start') }}
    order by rides.user_id, rides.week_start

),

aggregated as (

    select
        user_id,
        week_start,
        cast(sum(price_in_reporting_currency) as {{ type_exact(28, 4) }}) as spend,
        count(*) as n_requests,
        count(case when is_completed then 1 end) as n_rides,
        count(case when is_cancelled then 1 end) as n_cancellations,
        count(case when is_painful_cancellation then 1 end)
            as n_painful_cancellations,
        count(case when is_cancelled then is_painful_cancellation end)
            as n_judged_cancellations,
        count(case when is_completed and is_weekend then 1 end)
            as n_weekend_rides,
        count(case when is_completed and is_evening then 1 end)
            as n_evening_rides,
        {%- for part in day_parts() %}
        count(case when is_completed and day_part = '{{ part }}' then 1 end)
            as n_rides_{{ part }},
        {%- endfor %}
        count(case when is_completed then payment_mode end)
            as n_rides_with_payment_mode,
        count(case when is_completed then platform end)
            as n_rides_with_platform,
        count(case when is_completed then coupon_count end)
            as n_rides_with_coupon_count,
        count(case when is_completed and coupon_count > 0 then 1 end)
            as n_coupon_rides,
        count(case when is_completed then surge_multiplier end)
            as n_rides_with_surge,
        sum(case when is_completed then surge_multiplier end)
            as total_surge_multiplier,
        count(case when is_completed then city end) as n_rides_with_city,
        min(case when is_completed then city end) as first_city,
        max(case when is_completed then city end) as last_city,
        min(case when is_completed then requested_at end)
            as first_ride_at,
        max(case when is_completed then requested_at end)
            as last_ride_at
    from past_rides
    group by user_id, week_start

)

select * from aggregated
