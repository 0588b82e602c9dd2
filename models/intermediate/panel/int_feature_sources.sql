{#
    Which optional facts the log has at all, in one row. A feature is null in every week
    if its source is absent, and has a value in every week that the model reads if its
    source exists.
#}
with

rides as (

    select * from {{ ref('int_rides') }}

),

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

summarised as (

    select
        coalesce(sum(n_rides_with_payment_mode), 0) > 0 as has_payment_mode,
        coalesce(sum(n_rides_with_platform), 0) > 0 as has_platform,
        coalesce(sum(n_rides_with_coupon_count), 0) > 0 as has_coupon_count,
        coalesce(sum(n_rides_with_surge), 0) > 0 as has_surge_multiplier,
        coalesce(sum(n_judged_cancellations), 0) > 0
            as has_painful_cancellation,
        count(spend) > 0 as has_price,
        count(first_city) > 0 as has_city,
        exists(
            select 1 from rides
            where
                rides.is_completed
                and {{ is_after_midnight('rides.requested_at_local') }}
        ) as has_time_of_day
    from request_weeks

)

select * from summarised
