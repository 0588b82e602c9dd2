{#
    The states that each user may be in next week, by the champion: a row for every
    state, with its probability and its gain in rides.

    The gain of a state is a difference of expected rides over the 12 weeks after next
    week: those of a user who is in the state next week, minus those of this user, whose
    possible states next week are weighted by their probabilities. Both have this user's
    level, whose possible values are weighted in the same way.
#}
with

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

user_beliefs as (

    select * from {{ ref('int_user_beliefs') }}

),

transition_matrix as (

    select * from {{ ref('stg_hmm__transition_matrix') }}

),

state_forecasts as (

    select * from {{ ref('stg_hmm__state_forecasts') }}

),

moves_from as (

    select
        transition_matrix.from_state_id as state_id,
        {{ array_in_order(
            'transition_matrix.probability', 'transition_matrix.to_state_id'
        ) }} as probabilities
    from transition_matrix
    inner join champion
        on transition_matrix.run_id = champion.run_id
    group by transition_matrix.from_state_id

),

moves_to as (

    select
        transition_matrix.run_id,
        transition_matrix.to_state_id as state_id,
        {{ array_in_order(
            'transition_matrix.probability', 'transition_matrix.from_state_id'
        ) }} as probabilities
    from transition_matrix
    inner join champion
        on transition_matrix.run_id = champion.run_id
    group by transition_matrix.run_id, transition_matrix.to_state_id

),

rides_ahead as (

    select
        state_forecasts.level_id,
        state_forecasts.state_id,
        state_forecasts.expected_rides
    from state_forecasts
    inner join champion
        on state_forecasts.run_id = champion.run_id
    where state_forecasts.horizon_weeks = 12

),

rides_of_levels as (

    select
        level_id,
        {{ array_in_order('expected_rides', 'state_id') }} as expected_rides
    from rides_ahead
    group by level_id

),

-- The rides of a user who is in this state next week, for each entry of a belief: only
-- the level of the entry matters, so every state of a level has the same rides.
rides_in_state as (

    select
        rides_ahead.state_id,
        {{ array_in_order(
            'rides_ahead.expected_rides', 'rides_ahead.level_id, moves_from.state_id'
        ) }} as expected_rides
    from rides_ahead
    cross join moves_from
    group by rides_ahead.state_id

),

-- Expected rides after next week of a user of a level who is in a state now.
current_rides as (

    select
        rides_of_levels.level_id,
        moves_from.state_id,
        {{ weighted_sum('moves_from.probabilities', 'rides_of_levels.expected_rides') }}
            as expected_rides
    from moves_from
    cross join rides_of_levels

),

all_current_rides as (

    select
        {{ array_in_order('expected_rides', 'level_id, state_id') }} as expected_rides
    from current_rides

),

next_states as (

    select
        user_beliefs.user_id,
        as_of_week.as_of_week_start,
        moves_to.state_id,
        user_beliefs.run_id,
        -- A sum of probabilities may exceed 1 in the last digit.
        least(
            {{ weighted_sum('user_beliefs.state_belief', 'moves_to.probabilities') }}, 1
        ) as probability,
        {{ weighted_sum('user_beliefs.belief', 'rides_in_state.expected_rides') }}
        - {{ weighted_sum('user_beliefs.belief', 'all_current_rides.expected_rides') }}
            as gain
    from user_beliefs
    inner join as_of_week
        on user_beliefs.week_start = as_of_week.as_of_week_start
    inner join moves_to
        on user_beliefs.run_id = moves_to.run_id
    inner join rides_in_state
        on moves_to.state_id = rides_in_state.state_id
    cross join all_current_rides

)

select * from next_states
