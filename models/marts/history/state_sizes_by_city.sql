{#
    state_sizes by city. Every row also has the users of all states, so that shares of
    any rows can be computed from sums: one city or all, one week or a year.

    | week_start | home_city | state_id | n_users | n_city_users |
    | --- | --- | --- | --- | --- |
    | 2024-01-01 | Lima | 1 | 3 | 4 |
    | 2024-01-01 | Lima | 2 | 1 | 4 |
#}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

users as (

    select * from {{ ref('users') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

settled_weeks as (

    select * from {{ ref('int_settled_weeks') }}

),

counted as (

    select
        user_weekly_states.week_start,
        user_weekly_states.state_id,
        coalesce(users.home_city, 'unknown') as home_city,
        count(*) as n_users,
        sum(user_weekly_states.n_rides) as n_rides
    from user_weekly_states
    inner join users
        on user_weekly_states.user_id = users.user_id
    group by
        user_weekly_states.week_start,
        coalesce(users.home_city, 'unknown'),
        user_weekly_states.state_id

),

city_weeks as (

    select
        week_start,
        home_city,
        sum(n_users) as n_users,
        sum(n_rides) as n_rides
    from counted
    group by week_start, home_city

),

-- Every state in every week of a city: without its zeros, a state's share would only
-- cover the weeks in which somebody was there.
filled as (

    select
        city_weeks.week_start,
        city_weeks.home_city,
        states.state_id,
        states.state_key,
        states.state_name,
        states.state_sort_name,
        coalesce(counted.n_users, 0) as n_users,
        cast(city_weeks.n_users as {{ dbt.type_bigint() }}) as n_city_users,
        {{ share('coalesce(counted.n_users, 0)', 'city_weeks.n_users') }}
            as user_share,
        cast(coalesce(counted.n_rides, 0) as {{ dbt.type_bigint() }}) as n_rides,
        cast(city_weeks.n_rides as {{ dbt.type_bigint() }}) as n_city_rides,
        city_weeks.week_start <= settled_weeks.last_settled_week_start
            as is_settled,
        states.run_id
    from city_weeks
    cross join states
    cross join settled_weeks
    left join counted
        on
            city_weeks.week_start = counted.week_start
            and city_weeks.home_city = counted.home_city
            and states.state_id = counted.state_id

)

select * from filled
