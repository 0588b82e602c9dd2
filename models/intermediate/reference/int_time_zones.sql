with

ride_snapshot as (

    select * from {{ ref('int_ride_snapshot') }}

),

known_time_zones as (

    {{ known_time_zones() }}

),

used as (

    select
        time_zone,
        count(*) as n_rides
    from ride_snapshot
    where time_zone is not null
    group by time_zone

),

-- Engines raise an error for an unknown time zone, so one wrong row would stop the
-- build. Such a zone is replaced here, and counted.
resolved as (

    select
        used.time_zone,
        coalesce(known_time_zones.time_zone, '{{ var("default_time_zone") }}')
            as used_time_zone,
        used.n_rides,
        known_time_zones.time_zone is not null as is_known
    from used
    left join known_time_zones
        on used.time_zone = known_time_zones.time_zone

)

select * from resolved
