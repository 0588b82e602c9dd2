{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start', 'of_features': true, 'of_states': true},
) }}
{#
    The changes of state added up by week, home city (int_summed_homes) and states before
    and after, in hindsight and as known. Users who stay in both are left out. Sums of closed
    weeks are kept.
#}
{%- set first_week = first_open_week(of_features=true, of_states=true) %}
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

-- One week before the open ones, to know what they began with.
followed as (

    select
        user_weekly_states.user_id,
        user_weekly_states.week_start,
        user_weekly_states.state_id,
        known_states.state_id as known_state_id,
        lag(user_weekly_states.state_id) over user_weeks as previous_state_id,
        lag(known_states.state_id) over user_weeks as previous_known_state_id
    from user_weekly_states
    left join known_states
        on
            user_weekly_states.user_id = known_states.user_id
            and user_weekly_states.week_start = known_states.week_start
    {%- if first_week != start_of_time() %}
    where
        user_weekly_states.week_start
        >= {{ add_days("cast('" ~ first_week ~ "' as date)", -7) }}
    {%- endif %}
    window
        user_weeks as (
            partition by user_weekly_states.user_id
            order by user_weekly_states.week_start
        )

),

-- Far fewer rows than user-weeks.
changed as (

    select * from followed
    where
        (
            state_id is distinct from previous_state_id
            or known_state_id is distinct from previous_known_state_id
        )
        and {{ is_open_week('week_start', of_features=true, of_states=true) }}

),

summed as (

    select
        changed.week_start,
        homes.home_city,
        changed.state_id,
        coalesce(changed.known_state_id, -1) as known_state_id,
        coalesce(changed.previous_state_id, -1) as previous_state_id,
        coalesce(changed.previous_known_state_id, -1) as previous_known_state_id,
        count(*) as n_users
    from changed
    inner join homes
        on changed.user_id = homes.user_id
    group by
        changed.week_start,
        homes.home_city,
        changed.state_id,
        coalesce(changed.known_state_id, -1),
        coalesce(changed.previous_state_id, -1),
        coalesce(changed.previous_known_state_id, -1)

)

select * from summed
