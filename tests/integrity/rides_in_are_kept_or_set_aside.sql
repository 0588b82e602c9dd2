{#
    Every ride of the log is either kept or set aside, and a repeat is set aside
    only where the ride is kept.

    A live log grows while a build runs: rides from after the as-of week are left
    out of the sums.
#}
with

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

staged_rides as (

    select stg_app__rides.*
    from {{ ref('stg_app__rides') }} as stg_app__rides
    cross join as_of_week
    where
        stg_app__rides.requested_at is null
        or stg_app__rides.requested_at
        < {{ add_days('as_of_week.as_of_week_start', 7) }}

),

rides as (

    select int_rides.*
    from {{ ref('int_rides') }} as int_rides
    cross join as_of_week
    where
        int_rides.requested_at
        < {{ add_days('as_of_week.as_of_week_start', 7) }}

),

set_aside as (

    select rejected_rides.*
    from {{ ref('int_rejected_rides') }} as rejected_rides
    cross join as_of_week
    where
        rejected_rides.outcome = 'set aside'
        and (
            rejected_rides.requested_at is null
            or rejected_rides.requested_at
            < {{ add_days('as_of_week.as_of_week_start', 7) }}
        )

),

staged as (

    select
        count(*) as n_rides,
        count(case when ride_id is null then 1 end) as n_without_ride_id,
        count(case when ride_id is not null and user_id is null then 1 end)
            as n_without_user_id
    from staged_rides

),

kept as (

    select count(*) as n_rides from rides

),

rejected as (

    select
        count(*) as n_rides,
        count(case when broken_rule = 'null_ride_id' then 1 end) as n_without_ride_id,
        count(case when broken_rule = 'null_user_id' then 1 end) as n_without_user_id
    from set_aside

),

-- A repeat is set aside only where a ride of the same id is kept.
orphaned as (

    select count(*) as n_rides
    from set_aside
    left join {{ ref('int_rides') }} as int_rides
        on set_aside.ride_id = int_rides.ride_id
    where
        set_aside.broken_rule in ('exact_repeat', 'conflicting_repeat')
        and int_rides.ride_id is null

),

compared as (

    select
        staged.n_rides as n_rides_in,
        kept.n_rides as n_rides_kept,
        rejected.n_rides as n_rides_set_aside,
        staged.n_without_ride_id,
        rejected.n_without_ride_id as n_set_aside_without_ride_id,
        staged.n_without_user_id,
        rejected.n_without_user_id as n_set_aside_without_user_id,
        orphaned.n_rides as n_repeats_of_nothing
    from staged
    cross join kept
    cross join rejected
    cross join orphaned
    where
        staged.n_rides <> kept.n_rides + rejected.n_rides
        or staged.n_without_ride_id <> rejected.n_without_ride_id
        or staged.n_without_user_id <> rejected.n_without_user_id
        or orphaned.n_rides > 0

)

select * from compared
