{#
    Sizes by calendar month. Rides and spend belong to the month of the ride's day, in the
    state of its week. Users are counted in the last week that ends in the month.

    ride on 31 January, in the week of 29 January to 4 February  →  January
#}
with

calendar as (

    select * from {{ ref('calendar') }}

),

sizes as (

    select * from {{ ref('state_sizes_by_city') }}

),

ride_months as (

    select * from {{ ref('int_user_ride_months') }}

),

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

feature_sources as (

    select * from {{ ref('int_feature_sources') }}

),

-- One row per user first: counting different users of many rows would sort them.
user_months as (

    select
        ride_months.user_id,
        ride_months.month_start,
        user_weekly_states.state_id,
        sum(ride_months.n_rides) as n_rides,
        sum(ride_months.spend) as spend
    from ride_months
    inner join user_weekly_states
        on
            ride_months.user_id = user_weekly_states.user_id
            and ride_months.week_start = user_weekly_states.week_start
    group by
        ride_months.user_id,
        ride_months.month_start,
        user_weekly_states.state_id

),

rides as (

    select
        user_months.month_start,
        user_months.state_id,
        coalesce(users.home_city, 'not known') as home_city,
        count(*) as n_riders,
        sum(user_months.n_rides) as n_rides,
        sum(user_months.spend) as spend
    from user_months
    inner join users
        on user_months.user_id = users.user_id
    group by
        user_months.month_start,
        user_months.state_id,
        coalesce(users.home_city, 'not known')

),

months as (

    select
        month_start,
        max(case when iso_weekday = 7 then week_start end) as last_week_start,
        max(week_start) as newest_week_start,
        min(date_day) = month_start
        and {{ month_start(add_days('max(date_day)', 1)) }} > month_start
            as is_whole_month
    from calendar
    group by month_start

),

cities as (

    select distinct home_city from sizes

),

-- Every city and state in every month: nobody is a zero, not a gap.
filled as (

    select
        months.month_start,
        cities.home_city,
        states.state_id,
        states.state_key,
        states.state_name,
        states.state_short_name,
        states.state_sort_name,
        states.is_silent,
        case when months.last_week_start is not null then coalesce(sizes.n_users, 0) end
            as n_users,
        coalesce(rides.n_riders, 0) as n_riders,
        cast(coalesce(rides.n_rides, 0) as {{ dbt.type_bigint() }}) as n_rides,
        cast(
            case when feature_sources.has_price then coalesce(rides.spend, 0) end
            as {{ type_double() }}
        ) as spend,
        months.is_whole_month,
        coalesce(
            months.newest_week_start <= settled_weeks.last_settled_week_start, false
        ) as is_settled,
        states.run_id
    from months
    cross join cities
    cross join states
    cross join feature_sources
    left join settled_weeks
        on states.run_id = settled_weeks.run_id
    left join sizes
        on
            months.last_week_start = sizes.week_start
            and cities.home_city = sizes.home_city
            and states.state_id = sizes.state_id
    left join rides
        on
            months.month_start = rides.month_start
            and cities.home_city = rides.home_city
            and states.state_id = rides.state_id

)

select * from filled
