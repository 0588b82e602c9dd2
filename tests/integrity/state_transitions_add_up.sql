{#
    The observed moves are all steps from one decoded week to the next, counted again with
    `lead`, week by week. The expected moves have the same total, as long as the panel still holds the
    weeks that the run decoded. Without a champion there is nothing to count.
#}
with

state_transitions as (

    select * from {{ ref('state_transitions') }}

),

move_sums as (

    select * from {{ ref('int_decoded_move_sums') }}

),

runs as (

    select * from {{ ref('stg_hmm__runs') }}

),

user_weekly_states as {{ read_each_time() }} (

    select * from {{ ref('user_weekly_states') }}

),

next_weeks as (

    select
        user_id,
        state_id as from_state_id,
        week_start,
        lead(state_id) over (partition by user_id order by week_start)
            as to_state_id,
        lead(week_start) over (partition by user_id order by week_start)
            as next_week_start
    from user_weekly_states
    where
        state_source = 'decoded'
        and {{ is_tested_week(add_days('week_start', 7), of_states=true) }}

),

counted as (

    select
        next_week_start as week_start,
        from_state_id,
        to_state_id,
        count(*) as n_moves
    from next_weeks
    where next_week_start = {{ add_days('week_start', 7) }}
    group by next_week_start, from_state_id, to_state_id

),

tested_sums as (

    select * from move_sums
    where {{ is_tested_week('week_start', of_states=true) }}

),

different_weeks as (

    select
        coalesce(counted.from_state_id, found.from_state_id) as from_state_id,
        'observed moves of a week differ' as problem
    from counted
    full outer join tested_sums as found
        on
            counted.week_start = found.week_start
            and counted.from_state_id = found.from_state_id
            and counted.to_state_id = found.to_state_id
    where coalesce(counted.n_moves, 0) <> coalesce(found.n_moves, 0)

),

-- The model says nothing about the weeks before a first ride.
added_up as (

    select
        from_state_id,
        to_state_id,
        sum(n_moves) as n_moves
    from move_sums
    where from_state_id > 0
    group by from_state_id, to_state_id

),

different_pairs as (

    select
        coalesce(added_up.from_state_id, found.from_state_id) as from_state_id,
        'observed moves differ' as problem
    from added_up
    full outer join state_transitions as found
        on
            added_up.from_state_id = found.from_state_id
            and added_up.to_state_id = found.to_state_id
    where coalesce(added_up.n_moves, 0) <> coalesce(found.observed_moves, -1)

),

decoded_weeks as (

    select count(*) as n_user_weeks
    from user_weekly_states
    where
        state_id > 0
        and state_source = 'decoded'

),

different_totals as (

    select
        cast(null as {{ dbt.type_int() }}) as from_state_id,
        'expected and observed moves differ in total' as problem
    from state_transitions
    inner join runs
        on state_transitions.run_id = runs.run_id
    inner join decoded_weeks
        on runs.n_user_weeks = decoded_weeks.n_user_weeks
    having
        abs(
            sum(state_transitions.expected_moves)
            - sum(state_transitions.observed_moves)
        )
        > 1e-6 * (1 + sum(state_transitions.observed_moves))

),

combined as (

    select * from different_weeks
    union all
    select * from different_pairs
    union all
    select * from different_totals

)

select * from combined
