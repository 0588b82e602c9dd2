{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start', 'of_features': true, 'of_states': true},
    pre_hook="{{ without_nested_loops() }}",
) }}
{#
    Riders, rides and spend added up by the month of the ride's day, home city
    (int_summed_homes) and the state of the ride's week, in hindsight and as known. Sums of
    closed months are kept.

    Without nested loops: PostgreSQL would look a state up for each ride's week, which takes
    twice as long as to join them all.
#}
{%- set first_week = first_open_week(of_features=true, of_states=true) -%}
{%- set measures = {'hindsight': 'state_id', 'known': 'known_state_id'} %}
with

ride_months as (

    select * from {{ ref('int_user_ride_months') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

known_states as (

    select * from {{ ref('int_user_known_states') }}

),

homes as (

    select * from {{ ref('int_summed_homes') }}

),

-- The first week of a month may begin six days before it.
paired as (

    select
        ride_months.user_id,
        ride_months.month_start,
        user_weekly_states.state_id,
        known_states.state_id as known_state_id,
        ride_months.n_rides,
        ride_months.spend
    from ride_months
    inner join user_weekly_states
        on
            ride_months.user_id = user_weekly_states.user_id
            and ride_months.week_start = user_weekly_states.week_start
    left join known_states
        on
            user_weekly_states.user_id = known_states.user_id
            and user_weekly_states.week_start = known_states.week_start
    where
        {{ is_open_month('ride_months.month_start', of_features=true, of_states=true) }}
        and user_weekly_states.week_start
        > {{ add_days(month_start("cast('" ~ first_week ~ "' as date)"), -7) }}

),

-- One row per user first: counting different users of many rows would sort them.
{% for measure, state in measures.items() -%}

user_months_{{ measure }} as (

    select
        user_id,
        month_start,
        {{ state }} as state_id,
        sum(n_rides) as n_rides,
        sum(spend) as spend
    from paired
    {%- if measure == 'known' %}
    where {{ state }} is not null
    {%- endif %}
    group by user_id, month_start, {{ state }}

),

{% endfor -%}

summed as (

    {%- for measure in measures %}
    select
        user_months.month_start,
        {{ last_week_of_month('user_months.month_start') }} as week_start,
        '{{ measure }}' as measure,
        user_months.state_id,
        homes.home_city,
        count(*) as n_riders,
        sum(user_months.n_rides) as n_rides,
        sum(user_months.spend) as spend
    from user_months_{{ measure }} as user_months
    inner join homes
        on user_months.user_id = homes.user_id
    group by user_months.month_start, user_months.state_id, homes.home_city
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

select * from summed
