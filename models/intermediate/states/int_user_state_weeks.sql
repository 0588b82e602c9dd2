{#
    How long each user was in each state, and when last: all that the question
    for a dominant state needs, at a fraction of the rows.
#}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

last_week as (

    select max(week_start) as week_start from user_weekly_states

),

counted as (

    select
        user_weekly_states.user_id,
        user_weekly_states.state_id,
        count(*) as n_weeks,
        count(
            case
                when
                    user_weekly_states.week_start
                    > {{ add_days('last_week.week_start', -7 * var('recent_weeks')) }}
                    then 1
            end
        ) as n_recent_weeks,
        count(case when user_weekly_states.is_active then 1 end)
            as n_active_weeks,
        min(user_weekly_states.week_start) as first_week_start,
        max(user_weekly_states.week_start) as last_week_start
    from user_weekly_states
    cross join last_week
    group by user_weekly_states.user_id, user_weekly_states.state_id

)

select * from counted
