with

champion_states as (

    select * from {{ ref('int_champion_states') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

transition_matrix as (

    select * from {{ ref('stg_hmm__transition_matrix') }}

),

last_week as (

    select max(week_start) as week_start from user_weekly_states

),

counted as (

    select
        user_weekly_states.state_id,
        count(*) as n_user_weeks,
        sum(user_weekly_states.n_rides) as n_rides,
        {{ exact_sum('user_weekly_states.spend') }} as spend,
        count(case when user_weekly_states.is_active then 1 end)
            as n_active_user_weeks,
        count(
            case
                when user_weekly_states.week_start = last_week.week_start then 1
            end
        ) as n_users
    from user_weekly_states
    cross join last_week
    group by user_weekly_states.state_id

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
