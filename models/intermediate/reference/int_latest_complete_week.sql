{{ config(materialized='view') }}
{#
    The as-of week according to the current rides. It is a view, so that readers of the
    panel can see whether the panel lacks a week that is complete by now.
#}
with

screened_rides as (

    select * from {{ ref('int_screened_rides') }}

),

time_zones as (

    select * from {{ ref('int_time_zones') }}

),

located as (

    select
        screened_rides.requested_at,
        coalesce(
            time_zones.used_time_zone, '{{ var("default_time_zone") }}'
        ) as used_time_zone
    from screened_rides
    left join time_zones
        on screened_rides.time_zone = time_zones.time_zone
    where screened_rides.broken_rule is null

),

last_requested as (

    {{ last_complete_week('located') }}

)

select * from last_requested
