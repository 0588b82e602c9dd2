{#
    In each week the states together hold every user and every ride, and every state has a
    row. Users as known cover all users of a week or none, and all of them from the
    champion's first beliefs on. Without a champion there are no weeks.
#}
with

state_sizes as (

    select * from {{ ref('state_sizes') }}

),

states as (

    select * from {{ ref('states') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

belief_window as (

    select * from {{ ref('int_belief_window') }}

),

added as (

    select
        week_start,
        sum(n_users) as n_users,
        sum(n_rides) as n_rides,
        sum(n_users_as_known) as n_users_as_known,
        count(n_users_as_known) as n_states_as_known,
        count(*) as n_states
    from state_sizes
    group by week_start

),

counted as (

    select
        week_start,
        count(*) as n_users,
        sum(n_rides) as n_rides
    from user_weekly_states
    group by week_start

),

compared as (

    select
        added.week_start,
        counted.week_start as week_start_counted,
        added.n_users as n_users_in_sizes,
        counted.n_users as n_users_in_weeks,
        added.n_rides as n_rides_in_sizes,
        counted.n_rides as n_rides_in_weeks,
        added.n_users_as_known as n_users_known_in_sizes,
        added.n_states_as_known,
        added.n_states
    from added
    full outer join counted
        on added.week_start = counted.week_start
    left join belief_window on true
    where
        added.n_users is distinct from counted.n_users
        or added.n_rides is distinct from counted.n_rides
        or added.n_states <> (select count(*) from states)
        or added.n_states_as_known not in (0, added.n_states)
        or added.n_users_as_known <> counted.n_users
        or (
            added.n_users_as_known is null
            and added.week_start >= belief_window.first_belief_week_start
        )

)

select * from compared
