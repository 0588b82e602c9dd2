with

champion_states as (

    select * from {{ ref('int_champion_states') }}

),

state_week_sums as (

    select * from {{ ref('int_state_week_sums') }}

),

transition_matrix as (

    select * from {{ ref('stg_hmm__transition_matrix') }}

),

last_week as (

    select max(week_start) as week_start from state_week_sums

),

counted as (

    select
        state_week_sums.state_id,
        cast(sum(state_week_sums.n_users) as {{ dbt.type_bigint() }}) as n_user_weeks,
        sum(state_week_sums.n_rides) as n_rides,
        cast(sum(state_week_sums.spend) as {{ type_double() }}) as spend,
        sum(state_week_sums.n_riders) as n_active_user_weeks,
        cast(
            sum(
                case
                    when state_week_sums.week_start = last_week.week_start
                        then state_week_sums.n_users
                    else 0
                end
            ) as {{ dbt.type_bigint() }}
        ) as n_users
    from state_week_sums
    cross join last_week
    group by state_week_sums.state_id

),

described as (

    select
        champion_states.state_id,
        champion_states.state_key,
        champion_states.state_name,
        champion_states.state_sort_name,
        champion_states.state_short_name,
        champion_states.is_silent,
        champion_states.description,
        coalesce(counted.n_users, 0) as n_users,
        {{ share('coalesce(counted.n_users, 0)', 'sum(counted.n_users) over ()') }}
            as user_share,
        coalesce(counted.n_user_weeks, 0) as n_user_weeks,
        {{ share(
            'coalesce(counted.n_user_weeks, 0)',
            'sum(counted.n_user_weeks) over ()'
        ) }} as user_week_share,
        cast(coalesce(counted.n_rides, 0) as {{ dbt.type_bigint() }})
            as n_rides_all_weeks,
        {{ share('coalesce(counted.n_rides, 0)', 'sum(counted.n_rides) over ()') }}
            as ride_share_all_weeks,
        {{ share('counted.n_rides', 'counted.n_user_weeks') }} as mean_rides,
        -- Zero in a state without user-weeks, null in a log without prices.
        coalesce(counted.spend, 0 * max(counted.spend) over ()) as spend_all_weeks,
        {{ share(
            'coalesce(counted.spend, 0 * max(counted.spend) over ())',
            'sum(counted.spend) over ()'
        ) }} as spend_share_all_weeks,
        {{ share('counted.spend', 'counted.n_user_weeks') }} as mean_spend,
        {{ share('counted.n_active_user_weeks', 'counted.n_user_weeks') }}
            as active_share,
        transition_matrix.probability as stay_probability,
        -- The stay in a state of a Markov chain is geometric; this is its mean.
        1 / nullif(1 - transition_matrix.probability, 0) as expected_stay_weeks,
        champion_states.run_id
    from champion_states
    left join counted
        on champion_states.state_id = counted.state_id
    left join transition_matrix
        on
            champion_states.run_id = transition_matrix.run_id
            and champion_states.state_id = transition_matrix.from_state_id
            and champion_states.state_id = transition_matrix.to_state_id

)

select * from described
