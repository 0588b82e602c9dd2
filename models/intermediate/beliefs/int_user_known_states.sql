{#
    The state that was the most probable of each user by the weeks up to one alone. All of
    it is the champion's, so that weeks can be compared, and there right after a fit: a few
    weeks before its end, and all since.
#}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

user_beliefs as (

    select * from {{ ref('int_user_beliefs') }}

),

belief_window as (

    select * from {{ ref('int_belief_window') }}

),

-- State 0 is known, and needs no belief.
joined as (

    select
        user_weekly_states.user_id,
        user_weekly_states.week_start,
        case
            when user_weekly_states.state_id = 0 then 0
            else user_beliefs.state_id
        end as state_id
    from user_weekly_states
    inner join belief_window
        on
            user_weekly_states.run_id = belief_window.run_id
            and user_weekly_states.week_start >= coalesce(
                belief_window.first_belief_week_start,
                user_weekly_states.week_start
            )
    left join user_beliefs
        on
            user_weekly_states.run_id = user_beliefs.run_id
            and user_weekly_states.user_id = user_beliefs.user_id
            and user_weekly_states.week_start = user_beliefs.week_start

),

-- A part of the users would look like a smaller week: a week is whole, or left out.
whole as (

    select week_start
    from joined
    group by week_start
    having count(*) = count(state_id)

),

known as (

    select
        joined.user_id,
        joined.week_start,
        joined.state_id
    from joined
    inner join whole
        on joined.week_start = whole.week_start

)

select * from known
