{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start', 'of_features': true, 'of_states': true},
    post_hook="{{ indexed_by_week(this) }}",
    pre_hook="{{ waits_for(ref('int_champion_states')) }}",
) }}
{#
    Each user's most probable state at the end of each week, using only that week and
    those before it, by the champion, so that weeks can be compared. The newest weeks are
    those of int_user_beliefs; the fit stored the states of the weeks before.
#}
with

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

belief_window as (

    select * from {{ ref('int_belief_window') }}

),

user_beliefs as (

    select * from {{ ref('int_user_beliefs') }}

),

state_assignments as (

    select * from {{ ref('stg_hmm__state_assignments') }}

),

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

-- Empty if another run was promoted after the beliefs were built.
champion_window as (

    select belief_window.*
    from belief_window
    inner join champion
        on belief_window.run_id = champion.run_id

),

-- State 0 is certain, and needs no belief. A week that the fit did not see was added by
-- a ride that arrived after it: at the time the user had not begun.
joined as (

    select
        user_week_panel.user_id,
        user_week_panel.week_start,
        case
            when not user_week_panel.has_completed_ride then 0
            when
                user_week_panel.week_start >= coalesce(
                    champion_window.first_belief_week_start,
                    user_week_panel.week_start
                )
                then user_beliefs.state_id
            when state_assignments.user_id is null then 0
            else state_assignments.filtered_state_id
        end as state_id
    from user_week_panel
    cross join champion_window
    left join user_beliefs
        on
            champion_window.run_id = user_beliefs.run_id
            and user_week_panel.user_id = user_beliefs.user_id
            and user_week_panel.week_start = user_beliefs.week_start
    left join state_assignments
        on
            champion_window.run_id = state_assignments.run_id
            and user_week_panel.user_id = state_assignments.user_id
            and user_week_panel.week_start = state_assignments.week_start
            and {{ is_open_week(
                'state_assignments.week_start', of_features=true, of_states=true
            ) }}
    where {{ is_open_week(
        'user_week_panel.week_start', of_features=true, of_states=true
    ) }}

),

-- Only weeks in which every user has a state: a partial week would show too few users.
complete_weeks as (

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
    inner join complete_weeks
        on joined.week_start = complete_weeks.week_start

)

select * from known
