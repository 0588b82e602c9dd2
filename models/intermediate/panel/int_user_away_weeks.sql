{{ config(materialized='kept_weeks', meta={'open_rows': 'week_start'}) }}
{#
    Rides away from a user's usual city, in each week with one. The usual city is that of most
    rides of earlier weeks, or in the first week of most rides of that week. Of equal ones it
    is the first by name.

    week  rides    so far before  usual  away
    1     A, B, B  –              B      1
    2     A        A 1, B 2       B      1
    3     A, A     A 2, B 2       A      0
#}
{#- More than there are cities. -#}
{%- set n_scores = 1000000 %}

with

rides as (

    select * from {{ ref('int_rides') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

closed_city_rides as (

    select * from {{ ref('int_closed_city_rides') }}

),

cities_of_users as (

    select
        user_id,
        first_city,
        last_city
    from request_weeks
    where
        first_city is not null
        and {{ is_open_week('week_start') }}
    union all
    select
        user_id,
        city as first_city,
        city as last_city
    from closed_city_rides

),

-- A user of one city is never away.
travellers as (

    select user_id
    from cities_of_users
    group by user_id
    having min(first_city) <> max(last_city)

),

-- All closed weeks count as one, the first.
counted as (

    select
        rides.user_id,
        rides.week_start,
        rides.city,
        cast(count(*) as {{ dbt.type_int() }}) as n_rides
    from rides
    inner join travellers
        on rides.user_id = travellers.user_id
    cross join as_of_week
    where
        rides.is_completed
        and rides.city is not null
        and rides.week_start <= as_of_week.as_of_week_start
        and {{ is_open_week('rides.week_start') }}
    group by rides.user_id, rides.week_start, rides.city
    union all
    select
        closed_city_rides.user_id,
        {{ add_days('closed_city_rides.closed_before', -7) }} as week_start,
        closed_city_rides.city,
        closed_city_rides.n_rides
    from closed_city_rides
    inner join travellers
        on closed_city_rides.user_id = travellers.user_id

),

cities as (

    select
        city,
        row_number() over (order by city) as city_number
    from counted
    group by city

),

-- A score orders the cities of a user: by rides so far, then by name. It never falls,
-- so the highest one up to a week is that of the usual city.
scored as (

    select
        counted.user_id,
        counted.week_start,
        counted.n_rides,
        cities.city_number,
        {{ weeks_between("cast('1900-01-01' as date)", 'counted.week_start') }}
            as week_number,
        {{ n_scores }} * sum(counted.n_rides) over (
            partition by counted.user_id, counted.city
            order by counted.week_start
            rows between unbounded preceding and current row
        ) - cities.city_number as score
    from counted
    inner join cities
        on counted.city = cities.city

),

-- The first week has no earlier score, so its own count.
compared as (

    select
        user_id,
        week_start,
        n_rides,
        city_number,
        coalesce(
            max(score) over (
                partition by user_id
                order by week_number
                range between unbounded preceding and 1 preceding
            ),
            max(score) over (
                partition by user_id
                order by week_number
                range between unbounded preceding and current row
            )
        ) as usual_score
    from scored

),

aggregated as (

    select
        user_id,
        week_start,
        sum(n_rides) as n_away_rides
    from compared
    where
        mod(usual_score + city_number, {{ n_scores }}) <> 0
        and {{ is_open_week('week_start') }}
    group by user_id, week_start

)

select * from aggregated
