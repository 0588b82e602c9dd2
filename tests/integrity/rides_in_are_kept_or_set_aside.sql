{#
    Every ride of the log is either kept or set aside, once. A ride that breaks no
    rule by itself is kept as often as there are different ids.

    A live log grows while a build runs: rides from after the as-of week are left
    out of the sums, which are compared one by one.
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

    select rejected.*
    from {{ ref('int_rejected_rides') }} as rejected
    cross join as_of_week
    where
        rejected.action = 'set aside'
        and (
            rejected.requested_at is null
            or rejected.requested_at
            < {{ add_days('as_of_week.as_of_week_start', 7) }}
        )

),

compared as (

    select
        'rides in, and rides kept or set aside' as what,
        (select count(*) from staged_rides) as n_expected,
        (select count(*) from rides) + (select count(*) from set_aside) as n_found
    union all
    select
        'rows without a ride_id' as what,
        (
            select count(*)
            from staged_rides
            where ride_id is null
        ) as n_expected,
        (
            select count(*)
            from set_aside
            where rule = 'null_ride_id'
        ) as n_found
    union all
    select
        'rows without a user_id' as what,
        (
            select count(*)
            from staged_rides
            where ride_id is not null and user_id is null
        ) as n_expected,
        (
            select count(*)
            from set_aside
            where rule = 'null_user_id'
        ) as n_found
    union all
    select
        'rides kept twice' as what,
        0 as n_expected,
        (select count(*) - count(distinct ride_id) from rides) as n_found
    union all
    select
        'repeats set aside without a ride kept' as what,
        0 as n_expected,
        (
            select count(*)
            from set_aside
            left join {{ ref('int_rides') }} as int_rides
                on set_aside.ride_id = int_rides.ride_id
            where
                set_aside.rule in ('exact_repeat', 'conflicting_repeat')
                and int_rides.ride_id is null
        ) as n_found

)

select * from compared
where n_expected <> n_found
