{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start', 'of_features': true, 'of_states': true},
) }}
{#
    The user-weeks added up by week, state in hindsight, state as known, home city and
    platform of the user (int_summed_homes). Sums of closed weeks are kept.
#}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

known_states as (

    select * from {{ ref('int_user_known_states') }}

),

homes as (

    select * from {{ ref('int_summed_homes') }}

),

summed as (

    select
        user_weekly_states.week_start,
        user_weekly_states.state_id,
        coalesce(known_states.state_id, -1) as known_state_id,
        homes.home_city,
        homes.platform,
        count(*) as n_users,
        count(case when user_weekly_states.is_active then 1 end) as n_riders,
        sum(user_weekly_states.n_rides) as n_rides,
        sum(cast(user_weekly_states.spend as {{ type_exact(28, 4) }})) as spend
    from user_weekly_states
    inner join homes
        on user_weekly_states.user_id = homes.user_id
    left join known_states
        on
            user_weekly_states.user_id = known_states.user_id
            and user_weekly_states.week_start = known_states.week_start
    where {{ is_open_week(
        'user_weekly_states.week_start', of_features=true, of_states=true
    ) }}
    group by
        user_weekly_states.week_start,
        user_weekly_states.state_id,
        coalesce(known_states.state_id, -1),
        homes.home_city,
        homes.platform

)

select * from summed
