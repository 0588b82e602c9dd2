{{ config(
    materialized='view',
    meta={'open_rows': 'week_start', 'of_features': true, 'of_states': true},
) }}
{#
    user_weekly_states with the names of states and the attributes of users, for tools that
    cannot join. A view, because the texts of millions of rows would double the table; a
    build of user_weekly_states alone drops it, and the next full build makes it again.
#}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

states as (

    select * from {{ ref('states') }}

),

users as (

    select
        user_id,
        first_ride_week_start,
        coalesce(home_city, 'not known') as home_city,
        coalesce(platform, 'not known') as platform
    from {{ ref('users') }}

),

joined as (

    select
        user_weekly_states.user_id,
        user_weekly_states.week_start,
        states.state_id,
        states.state_key,
        states.state_name,
        states.state_short_name,
        states.state_sort_name,
        states.is_silent,
        users.home_city,
        users.platform,
        users.first_ride_week_start,
        user_weekly_states.n_rides,
        user_weekly_states.spend,
        user_weekly_states.is_active,
        user_weekly_states.weeks_since_first_ride,
        user_weekly_states.weeks_since_last_completed_ride,
        user_weekly_states.is_settled,
        user_weekly_states.is_latest_week,
        user_weekly_states.run_id
    from user_weekly_states
    inner join states
        on user_weekly_states.state_id = states.state_id
    inner join users
        on user_weekly_states.user_id = users.user_id

)

select * from joined
