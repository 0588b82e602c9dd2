{#
    In the weeks that a build recomputes, the champion has exactly one belief for every user
    and week of the panel from the first completed ride on. Its probabilities, summed over the
    levels, sum to one, and its state is the first of the most probable ones.
#}
with

user_beliefs as (

    select * from {{ ref('int_user_beliefs') }}

),

belief_window as (

    select * from {{ ref('int_belief_window') }}

),

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

states as (

    select * from {{ ref('stg_hmm__states') }}

),

runs as (

    select * from {{ ref('stg_hmm__runs') }}

),

expected as (

    select
        belief_window.run_id,
        user_week_panel.user_id,
        user_week_panel.week_start
    from user_week_panel
    inner join belief_window
        on
            user_week_panel.week_start >= belief_window.first_step_week_start
            and user_week_panel.week_start <= belief_window.as_of_week_start
    where user_week_panel.has_completed_ride

),

newest as (

    select user_beliefs.*
    from user_beliefs
    inner join belief_window
        on
            user_beliefs.run_id = belief_window.run_id
            and user_beliefs.week_start >= belief_window.first_step_week_start

),

belief_items as (

    select
        newest.user_id,
        newest.week_start,
        sum({{ array_item('newest.state_belief', 'states.state_id') }}) as total,
        count({{ array_item('newest.state_belief', 'states.state_id') }}) as n_states,
        max({{ array_item('newest.state_belief', 'states.state_id') }}) as largest,
        min(
            case
                when
                    {{ array_item('newest.state_belief', 'states.state_id') }}
                    = newest.state_probability
                    then states.state_id
            end
        ) as first_state_id
    from newest
    inner join states
        on newest.run_id = states.run_id
    group by newest.user_id, newest.week_start

),

-- A duplicate row doubles the number of states.
compared as (

    select
        newest.belief,
        newest.user_level,
        coalesce(expected.user_id, newest.user_id) as user_id,
        coalesce(expected.week_start, newest.week_start) as week_start
    from expected
    full outer join newest
        on
            expected.user_id = newest.user_id
            and expected.week_start = newest.week_start
    left join belief_items
        on
            newest.user_id = belief_items.user_id
            and newest.week_start = belief_items.week_start
    left join runs
        on newest.run_id = runs.run_id
    where
        expected.user_id is null
        or newest.user_id is null
        or belief_items.total is null
        or abs(belief_items.total - 1) > 1e-9
        or belief_items.n_states <> array_length(newest.state_belief, 1)
        or array_length(newest.belief, 1)
        is distinct from runs.n_levels * array_length(newest.state_belief, 1)
        or newest.user_level is null
        or belief_items.largest <> newest.state_probability
        or belief_items.first_state_id is distinct from newest.state_id

)

select * from compared
