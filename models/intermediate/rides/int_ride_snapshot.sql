{#
    The screened rides of the open weeks at one moment. A log keeps growing while a build
    runs. Every model but int_latest_complete_week reads this table, so that all of them see
    the same rides and copies.
#}
with

screened_rides as (

    select * from {{ ref('int_screened_rides') }}

),

frozen as (

    select
        ride_id,
        user_id,
        requested_at,
        time_zone,
        status,
        payment_mode,
        platform,
        app_version,
        country,
        city,
        cancel_reason,
        currency,
        price,
        estimated_price,
        surge_multiplier,
        coupon_count,
        stopover_count,
        is_painful_cancellation,
        impossible_values,
        broken_rule
    from screened_rides

)

select * from frozen
