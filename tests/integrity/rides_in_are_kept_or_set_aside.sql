{#
    Every ride of the log is either kept or set aside, as far as this build read the log. A
    repeat is set aside only if the ride itself is kept.
#}
with

snapshot_rides as (

    select * from {{ ref('int_ride_snapshot') }}

),

rides as {{ read_each_time() }} (

    select * from {{ ref('int_rides') }}

),

rejected_rides as (

    select * from {{ ref('int_rejected_rides') }}

),

set_aside as (

    select *
    from rejected_rides
    where
        outcome = 'set aside'
        and {{ is_read_again('requested_at') }}

),

staged as (

    select
        count(*) as n_rides,
        -- Of a ride of a forgotten user nothing is known.
        count(
            case
                when ride_id is null and coalesce(broken_rule, '') <> 'forgotten_user'
                    then 1
            end
        ) as n_without_ride_id,
        count(case when ride_id is not null and user_id is null then 1 end)
            as n_without_user_id
    from snapshot_rides

),

kept as (

    select count(*) as n_rides from rides
    where {{ is_read_again('requested_at') }}

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
    left join rides
        on set_aside.ride_id = rides.ride_id
    where
        set_aside.broken_rule in ('exact_repeat', 'conflicting_repeat')
        and rides.ride_id is null

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
