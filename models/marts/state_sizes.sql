with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

weeks as (

    select
        week_start,
        count(*) as n_users
    from user_weekly_states
    group by week_start

),

counted as (

    select
        week_start,
        state_id,
        cast(sum(n_rides) as bigint) as n_rides,
        count(*) as n_users
    from user_weekly_states
    group by week_start, state_id

),

-- Every state in every week: a state that is empty is a zero, not a gap.
spined as (

    select
        weeks.week_start,
        states.state_id,
        states.state_key,
        states.state_name,
        states.state_sort_name,
        coalesce(counted.n_users, 0) as n_users,
        coalesce(counted.n_rides, 0) as n_rides,
        {{ share('coalesce(counted.n_users, 0)', 'weeks.n_users') }}
            as user_share,
        states.run_id
    from weeks
    cross join states
    left join counted
        on
            weeks.week_start = counted.week_start
            and states.state_id = counted.state_id

)

select * from spined
