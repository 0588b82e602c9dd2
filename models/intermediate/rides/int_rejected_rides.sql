{{ config(materialized='kept_weeks', meta={'open_rows': 'requested_at'}) }}
{#
    Rides that were set aside, and rides kept with a replaced value: one row per ride
    and rule. Rides in = rides kept + rides set aside.
#}
{%- set has_closed_weeks = first_open_week() != start_of_time() %}
with

ride_snapshot as {{ read_each_time() }} (

    select * from {{ ref('int_ride_snapshot') }}

),

ride_copies as (

    select * from {{ ref('int_ride_copies') }}

),

all_rides as {{ read_each_time() }} (

    select * from {{ ref('int_rides') }}

),

rides as (

    select * from all_rides
    where {{ is_read_again('requested_at') }}

),

{% if has_closed_weeks -%}
-- What int_rides could have kept, but did not: repeats of a ride that a closed week keeps,
-- and rides of the hours around the first open Monday that are of the closed week before it.
candidates as (

    select
        ride_snapshot.ride_id,
        ride_snapshot.user_id,
        ride_snapshot.requested_at
    from ride_snapshot
    left join ride_copies
        on ride_snapshot.ride_id = ride_copies.ride_id
    where
        ride_snapshot.broken_rule is null
        and ride_copies.ride_id is null
    union all
    select
        ride_id,
        user_id,
        requested_at
    from ride_copies
    where broken_rule is null

),

not_kept as (

    select candidates.*
    from candidates
    left join rides
        on candidates.ride_id = rides.ride_id
    where rides.ride_id is null

),

of_closed_weeks as (

    select
        case when all_rides.ride_id is null then 'closed_week' else 'conflicting_repeat' end
            as broken_rule,
        not_kept.ride_id,
        not_kept.user_id,
        not_kept.requested_at,
        'set aside' as outcome
    from not_kept
    left join all_rides
        on not_kept.ride_id = all_rides.ride_id

),

{% endif -%}
set_aside as (

    select
        broken_rule,
        ride_id,
        user_id,
        requested_at,
        'set aside' as outcome
    from ride_snapshot
    where broken_rule is not null
    union all
    select
        broken_rule,
        ride_id,
        user_id,
        requested_at,
        'set aside' as outcome
    from ride_copies
    where broken_rule is not null

),

with_unknown_time_zone as (

    select
        'unknown_time_zone' as broken_rule,
        ride_id,
        user_id,
        requested_at,
        'kept, read in the default time zone' as outcome
    from rides
    where is_time_zone_replaced

),

with_unknown_rate as (

    select
        'unknown_exchange_rate' as broken_rule,
        ride_id,
        user_id,
        requested_at,
        'kept, without a price' as outcome
    from rides
    where is_price_unconverted

),

{% for name in possible_values() -%}

with_impossible_{{ name }} as (

    select
        'impossible_{{ name }}' as broken_rule,
        ride_id,
        user_id,
        requested_at,
        'kept, without the value' as outcome
    from rides
    where impossible_values like '%{{ name }}%'

),

{% endfor -%}

combined as (

    select * from set_aside
    union all
    {%- if has_closed_weeks %}
    select * from of_closed_weeks
    union all
    {%- endif %}
    select * from with_unknown_time_zone
    union all
    select * from with_unknown_rate
    {%- for name in possible_values() %}
    union all
    select * from with_impossible_{{ name }}
    {%- endfor %}

)

select * from combined
