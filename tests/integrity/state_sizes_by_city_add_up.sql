{#
    Summed over cities, users equal those of state_sizes and rides those of
    user_weekly_states, in every week and state.
#}
with

state_sizes_by_city as (

    select * from {{ ref('state_sizes_by_city') }}

),

state_sizes as (

    select * from {{ ref('state_sizes') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

added as (

    select
        week_start,
        state_id,
        sum(n_users) as n_users,
        sum(n_city_users) as n_city_users,
        sum(n_rides) as n_rides
    from state_sizes_by_city
    group by week_start, state_id

),

ride_totals as (

    select
        week_start,
        state_id,
        sum(n_rides) as n_rides
    from user_weekly_states
    group by week_start, state_id

),

everyone as (

    select
        week_start,
        sum(n_users) as n_users
    from state_sizes
    group by week_start

),

compared as (

    select
        state_sizes.week_start,
        state_sizes.state_id,
        state_sizes.n_users,
        added.n_users as n_users_by_city,
        everyone.n_users as n_users_of_all_states,
        added.n_city_users,
        added.n_rides as n_rides_by_city,
        coalesce(ride_totals.n_rides, 0) as n_rides
    from state_sizes
    inner join everyone
        on state_sizes.week_start = everyone.week_start
    left join ride_totals
        on
            state_sizes.week_start = ride_totals.week_start
            and state_sizes.state_id = ride_totals.state_id
    full outer join added
        on
            state_sizes.week_start = added.week_start
            and state_sizes.state_id = added.state_id

),

different as (

    select * from compared
    where
        n_users is distinct from n_users_by_city
        or n_users_of_all_states is distinct from n_city_users
        or n_rides is distinct from n_rides_by_city

)

select * from different
