{#
    The outlooks of the champion satisfy their defining equations, with the transition
    matrix that the marts show:

    stay       1 / (1 - P_ii)
    shares     share_j = sum_i share_i P_ij
    weeks      h_ij = 1 + sum_{k <> j} P_ik h_kj, where every h_kj is given
    rides      the gain of a pair is the difference between the rides of its two states,
               and those lie among the levels' forecasts behind the outlook of users

    No interval has its ends swapped.
#}
with

state_outlook as (

    select * from {{ ref('state_outlook') }}

),

state_pair_outlook as (

    select * from {{ ref('state_pair_outlook') }}

),

state_transitions as (

    select * from {{ ref('state_transitions') }}

),

forecasts as (

    select * from {{ ref('stg_hmm__state_forecasts') }}

),

different_stays as (

    select
        state_outlook.state_id,
        'the stay differs' as problem
    from state_outlook
    inner join state_transitions
        on
            state_outlook.state_id = state_transitions.from_state_id
            and state_outlook.state_id = state_transitions.to_state_id
    where
        abs(state_outlook.expected_stay_weeks * (1 - state_transitions.probability) - 1)
        > 1e-6

),

inflows as (

    select
        state_transitions.to_state_id as state_id,
        sum(state_outlook.long_run_share * state_transitions.probability) as share_in
    from state_outlook
    inner join state_transitions
        on state_outlook.state_id = state_transitions.from_state_id
    group by state_transitions.to_state_id

),

different_shares as (

    select
        state_outlook.state_id,
        'the long-run shares do not stay as they are' as problem
    from state_outlook
    inner join inflows
        on state_outlook.state_id = inflows.state_id
    where abs(state_outlook.long_run_share - inflows.share_in) > 1e-6

),

one_step_ahead as (

    select
        firsts.from_state_id,
        firsts.to_state_id,
        firsts.expected_weeks_to_reach,
        1 + sum(
            case
                when steps.to_state_id = firsts.to_state_id then 0
                else steps.probability * rests.expected_weeks_to_reach
            end
        ) as expected_by_one_step,
        count(rests.expected_weeks_to_reach) as n_rests_known,
        count(*) - 1 as n_rests
    from state_pair_outlook as firsts
    inner join state_transitions as steps
        on firsts.from_state_id = steps.from_state_id
    left join state_pair_outlook as rests
        on
            steps.to_state_id = rests.from_state_id
            and firsts.to_state_id = rests.to_state_id
    group by
        firsts.from_state_id, firsts.to_state_id, firsts.expected_weeks_to_reach

),

different_weeks as (

    select
        from_state_id as state_id,
        'the weeks to reach another state differ' as problem
    from one_step_ahead
    where
        n_rests_known = n_rests
        and abs(expected_by_one_step / expected_weeks_to_reach - 1) > 1e-6

),

different_rides as (

    select
        pairs.from_state_id as state_id,
        'the rides gained differ' as problem
    from state_pair_outlook as pairs
    inner join state_outlook as from_states
        on pairs.from_state_id = from_states.state_id
    inner join state_outlook as to_states
        on pairs.to_state_id = to_states.state_id
    where
        abs(
            pairs.associational_rides_gained_12_weeks
            - to_states.expected_rides_12_weeks
            + from_states.expected_rides_12_weeks
        )
        > 1e-6 * (1 + to_states.expected_rides_12_weeks)

),

-- Without levels the least and the most are equal.
forecasts_of_levels as (

    select
        run_id,
        state_id,
        min(expected_rides) as least_rides,
        max(expected_rides) as most_rides
    from forecasts
    where horizon_weeks = 12
    group by run_id, state_id

),

different_forecasts as (

    select
        state_outlook.state_id,
        'the rides ahead differ from the forecasts' as problem
    from state_outlook
    inner join forecasts_of_levels
        on
            state_outlook.run_id = forecasts_of_levels.run_id
            and state_outlook.state_id = forecasts_of_levels.state_id
    where
        state_outlook.expected_rides_12_weeks
        < forecasts_of_levels.least_rides
        - 1e-6 * (1 + forecasts_of_levels.most_rides)
        or state_outlook.expected_rides_12_weeks
        > forecasts_of_levels.most_rides
        + 1e-6 * (1 + forecasts_of_levels.most_rides)

),

backward_intervals as (

    select
        state_id,
        'the interval of a state runs backwards' as problem
    from state_outlook
    where
        expected_stay_weeks_low > expected_stay_weeks_high
        or long_run_share_low > long_run_share_high
        or expected_rides_12_weeks_low > expected_rides_12_weeks_high

),

backward_pair_intervals as (

    select
        from_state_id as state_id,
        'the interval of a pair runs backwards' as problem
    from state_pair_outlook
    where
        expected_weeks_to_reach_low > expected_weeks_to_reach_high
        or associational_rides_gained_12_weeks_low
        > associational_rides_gained_12_weeks_high

),

combined as (

    select * from different_stays
    union all
    select * from different_shares
    union all
    select * from different_weeks
    union all
    select * from different_rides
    union all
    select * from different_forecasts
    union all
    select * from backward_intervals
    union all
    select * from backward_pair_intervals

)

select * from combined
