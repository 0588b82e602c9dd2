with

ride_snapshot as (

    select * from {{ ref('int_ride_snapshot') }}

),

known_time_zones as (

    {{ known_time_zones() }}

),

used_zones as (

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
        used_zones.time_zone,
        coalesce(known_time_zones.time_zone, '{{ var("default_time_zone") }}')
            as used_time_zone,
        used_zones.n_rides,
        known_time_zones.time_zone is not null as is_known
    from used_zones
    left join known_time_zones
        on used_zones.time_zone = known_time_zones.time_zone

)

select * from resolved
