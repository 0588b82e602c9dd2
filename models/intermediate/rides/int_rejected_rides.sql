{#
    Rides that were set aside, and rides kept with a replaced value: one row per ride
    and rule. Rides in = rides kept + rides set aside.
#}
with

ride_snapshot as (

    select * from {{ ref('int_ride_snapshot') }}

),

ride_copies as (

    select * from {{ ref('int_ride_copies') }}

),

rides as (

    select * from {{ ref('int_rides') }}

),

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
    select * from with_unknown_time_zone
    union all
    select * from with_unknown_rate
    {%- for name in possible_values() %}
    union all
    select * from with_impossible_{{ name }}
    {%- endfor %}

)

select * from combined
