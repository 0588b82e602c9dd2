with

ride_snapshot as (

    select * from {{ ref('int_ride_snapshot') }}

),

event_snapshot as (

    select * from {{ ref('int_event_snapshot') }}

),

known_time_zones as (

    {{ known_time_zones() }}

),

used as (

    select
        time_zone,
        1 as n_rides,
        0 as n_events
    from ride_snapshot
    where time_zone is not null
    union all
    select
        time_zone,
        0 as n_rides,
        1 as n_events
    from event_snapshot
    where time_zone is not null

),

used_zones as (

    select
        time_zone,
        sum(n_rides) as n_rides,
        sum(n_events) as n_events
    from used
    group by time_zone

),

-- Engines raise an error for an unknown time zone, so one wrong row would stop the
-- build. Such a zone is replaced here, and counted.
resolved as (

    select
        used_zones.time_zone,
        coalesce(known_time_zones.time_zone, '{{ var("default_time_zone") }}')
            as used_time_zone,
        used_zones.n_rides,
        used_zones.n_events,
        known_time_zones.time_zone is not null as is_known
    from used_zones
    left join known_time_zones
        on used_zones.time_zone = known_time_zones.time_zone

)

select * from resolved
