{#
    The outlooks of the champion satisfy their defining equations, with the transition
    matrix that the marts show:

    stay       1 / (1 - P_ii)
    shares     share_j = sum_i share_i P_ij
    weeks      h_ij = 1 + sum_{k <> j} P_ik h_kj, where every h_kj is given
    rides      the gain of a pair is the difference between the forecasts of its two
               states behind the outlook of users

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

-- What a state is worth more than another, by the chain behind the outlook of users.
-- The gain of a pair is a mean over levels.
differences as (

    select
        from_states.run_id,
        from_states.state_id as from_state_id,
        to_states.state_id as to_state_id,
        min(to_states.expected_rides - from_states.expected_rides) as least_gain,
        max(to_states.expected_rides - from_states.expected_rides) as most_gain,
        max(to_states.expected_rides + from_states.expected_rides) as size
    from forecasts as from_states
    inner join forecasts as to_states
        on
            from_states.run_id = to_states.run_id
            and from_states.level_id = to_states.level_id
            and from_states.horizon_weeks = to_states.horizon_weeks
    where from_states.horizon_weeks = 12
    group by from_states.run_id, from_states.state_id, to_states.state_id

),

different_rides as (

    select
        pairs.from_state_id as state_id,
        'the rides gained differ from the forecasts' as problem
    from state_pair_outlook as pairs
    inner join differences
        on
            pairs.run_id = differences.run_id
            and pairs.from_state_id = differences.from_state_id
            and pairs.to_state_id = differences.to_state_id
    where
        pairs.associational_rides_gained_12_weeks
        < differences.least_gain - 1e-6 * (1 + differences.size)
        or pairs.associational_rides_gained_12_weeks
        > differences.most_gain + 1e-6 * (1 + differences.size)

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
    select * from backward_intervals
    union all
    select * from backward_pair_intervals

)

select * from combined
