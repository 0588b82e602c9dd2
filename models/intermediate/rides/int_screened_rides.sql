{{ config(materialized='view') }}
{#
    Every staged ride of the open weeks with the reason to set it aside: the first rule that
    it breaks on its own. Repeats of a ride_id are compared later, among rides that break no rule
    (int_ride_copies).
#}
{%- set columns = [
    'ride_id', 'user_id', 'requested_at', 'time_zone', 'status', 'payment_mode',
    'platform', 'app_version', 'country', 'city', 'cancel_reason', 'currency',
    'price', 'estimated_price', 'surge_multiplier', 'coupon_count',
    'stopover_count', 'is_painful_cancellation', 'impossible_values',
] %}
-- depends_on: {{ ref('int_open_weeks') }}
with

staged_rides as (

    select * from {{ ref('stg_app__rides') }}

),

forgotten_users as (

    select * from {{ ref('stg_privacy__forgotten_users') }}

),

excluded_users as (

    select distinct {{ trimmed_id('user_id') }} as user_id
    from {{ ref('excluded_users') }}

),

-- All hashes have the same salt. Where nobody was forgotten there is none, and no hash
-- is computed.
marked as (

    select
        staged_rides.*,
        coalesce(
            {{ one_way_hash(
                "(select max(salts.salt) from forgotten_users as salts)"
                ~ " || staged_rides.user_id"
            ) }} in (select forgotten_users.user_hash from forgotten_users),
            false
        ) as is_of_forgotten_user
    from staged_rides
    where {{ is_read_again('staged_rides.requested_at') }}
    {{ kept_apart() }}

),

-- Of a forgotten user's ride nothing is left but that there is one, so that rides in
-- are still rides kept and rides set aside.
rides as (

    select
        {%- for column in columns %}
        case when not is_of_forgotten_user then {{ column }} end as {{ column }},
        {%- endfor %}
        is_of_forgotten_user
    from marked

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
            when rides.is_of_forgotten_user then 'forgotten_user'
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
