{#
    The checked rides as they are at one moment. A log goes on growing while a
    build runs; everything but int_latest_complete_week reads this table, so that
    no model sees a ride, or a copy of one, that another did not.
#}
with

checked_rides as (

    select * from {{ ref('int_checked_rides') }}

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
        broken_rule
    from checked_rides

)

select * from frozen
