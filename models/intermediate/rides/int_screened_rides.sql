{{ config(materialized='view') }}
{#
    Every staged ride with the reason to set it aside: the first rule that it breaks on
    its own. Repeats of a ride_id are compared later, among rides that break no rule
    (int_ride_copies).
#}
with

rides as (

    select * from {{ ref('stg_app__rides') }}

),

excluded_users as (

    select distinct {{ trimmed_id('user_id') }} as user_id
    from {{ ref('excluded_users') }}

),

screened as (

    select
        rides.ride_id,
        rides.user_id,
        rides.requested_at,
        rides.time_zone,
        rides.status,
        rides.payment_mode,
        rides.platform,
        rides.app_version,
        rides.country,
        rides.city,
        rides.cancel_reason,
        rides.currency,
        rides.price,
        rides.estimated_price,
        rides.surge_multiplier,
        rides.coupon_count,
        rides.stopover_count,
        rides.is_painful_cancellation,
        rides.impossible_values,
        case
            when rides.ride_id is null then 'null_ride_id'
            when rides.user_id is null then 'null_user_id'
            -- No index could hold it.
            when
                length(rides.ride_id) > {{ longest_text() }}
                or length(rides.user_id) > {{ longest_text() }}
                then 'overlong_id'
            when rides.requested_at is null then 'null_requested_at'
            when
                rides.requested_at > {{ dbt.current_timestamp() }}
                then 'requested_in_the_future'
            when
                rides.requested_at < '{{ var("earliest_ride_date") }}'
                then 'requested_too_early'
            when rides.status = 'completed' and rides.price < 0
                then 'negative_price'
            -- NaN and infinity are greater than every number in PostgreSQL.
            when rides.status = 'completed' and rides.price >= 1e12
                then 'impossible_price'
            when excluded_users.user_id is not null then 'excluded_user'
        end as broken_rule
    from rides
    left join excluded_users
        on rides.user_id = excluded_users.user_id

)

select * from screened
