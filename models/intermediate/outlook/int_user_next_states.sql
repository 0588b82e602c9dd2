{#
    The states that each user may be in next week, by the champion: a row for every
    state, with its probability and its gain in rides.

    The gain of a state is a difference of expected rides over the 12 weeks after next
    week: those of a user who is in the state next week, minus those of this user, whose
    possible states next week are weighted by their probabilities.
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
        state_forecasts.state_id,
        state_forecasts.expected_rides
    from state_forecasts
    inner join champion
        on state_forecasts.run_id = champion.run_id
    where state_forecasts.horizon_weeks = 12

),

all_rides_ahead as (

    select
        {{ array_in_order('expected_rides', 'state_id') }} as expected_rides
    from rides_ahead

),

-- Expected rides after next week of users who are in a state now.
current_rides as (

    select
        moves_from.state_id,
        {{ weighted_sum('moves_from.probabilities', 'all_rides_ahead.expected_rides') }}
            as expected_rides
    from moves_from
    cross join all_rides_ahead

),

all_current_rides as (

    select
        {{ array_in_order('expected_rides', 'state_id') }} as expected_rides
    from current_rides

),

next_states as (

    select
        user_beliefs.user_id,
        as_of_week.as_of_week_start,
        moves_to.state_id,
        user_beliefs.run_id,
        {{ weighted_sum('user_beliefs.belief', 'moves_to.probabilities') }}
            as probability,
        rides_ahead.expected_rides
        - {{ weighted_sum('user_beliefs.belief', 'all_current_rides.expected_rides') }}
            as gain
    from user_beliefs
    inner join as_of_week
        on user_beliefs.week_start = as_of_week.as_of_week_start
    inner join moves_to
        on user_beliefs.run_id = moves_to.run_id
    inner join rides_ahead
        on moves_to.state_id = rides_ahead.state_id
    cross join all_current_rides

)

select * from next_states
