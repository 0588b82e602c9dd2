{#
    Sizes by calendar month. Rides and spend belong to the month of the ride's day, in the
    state of its week. Users are counted in the last week that ends in the month.

    ride on 31 January, in the week of 29 January to 4 February  →  January

    Over 170 lines, because hindsight and what was known share their steps.
#}
{%- set measures = {'hindsight': 'state_id', 'known': 'known_state_id'} -%}

with

calendar as (

    select * from {{ ref('calendar') }}

),

sizes as (

    select * from {{ ref('state_sizes_by_city') }}

),

month_sums as (

    select * from {{ ref('int_state_month_sums') }}

),

moved_user_weeks as (

    select * from {{ ref('int_moved_user_weeks') }}

),

-- Few users: PostgreSQL would store the months of all users first.
ride_months as {{ computed_once() }} (

    select * from {{ ref('int_user_ride_months') }}
    where user_id in (select moved_user_weeks.user_id from moved_user_weeks)

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

-- Users who have moved count where they are today.
{% for measure, state in measures.items() -%}

moved_{{ measure }} as (

    select
        moved_user_weeks.user_id,
        ride_months.month_start,
        moved_user_weeks.{{ state }}{{ ' as state_id' if state != 'state_id' }},
        moved_user_weeks.summed_home_city,
        moved_user_weeks.home_city,
        sum(ride_months.n_rides) as n_rides,
        sum(ride_months.spend) as spend
    from moved_user_weeks
    inner join ride_months
        on
            moved_user_weeks.user_id = ride_months.user_id
            and moved_user_weeks.week_start = ride_months.week_start
    group by
        moved_user_weeks.user_id,
        ride_months.month_start,
        moved_user_weeks.{{ state }},
        moved_user_weeks.summed_home_city,
        moved_user_weeks.home_city

),

paired_{{ measure }} as (

    select
        month_start,
        state_id,
        home_city,
        n_riders,
        n_rides,
        spend
    from month_sums
    where measure = '{{ measure }}'
    {%- for sign, prefix in [('-', 'summed_'), ('', '')] %}
    union all
    select
        month_start,
        state_id,
        {{ prefix }}home_city{{ ' as home_city' if prefix }},
        {{ sign }}1 as n_riders,
        {{ sign }}n_rides{{ ' as n_rides' if sign }},
        {{ '-spend as spend' if sign else 'spend' }}
    from moved_{{ measure }}
    {%- endfor %}

),

rides_{{ measure }} as (

    select
        month_start,
        state_id,
        home_city,
        cast(sum(n_riders) as {{ dbt.type_bigint() }}) as n_riders,
        sum(n_rides) as n_rides,
        sum(spend) as spend
    from paired_{{ measure }}
    group by month_start, state_id, home_city

),

{% endfor -%}

-- Weeks of which it is known what was known: all of them, or the newest.
known_weeks as (

    select
        week_start,
        count(n_users_as_known) > 0 as is_known
    from sizes
    group by week_start

),

months as (

    select
        calendar.month_start,
        max(case when calendar.iso_weekday = 7 then calendar.week_start end)
            as last_week_start,
        max(calendar.week_start) as newest_week_start,
        min(calendar.date_day) = calendar.month_start
        and {{ month_start(add_days('max(calendar.date_day)', 1)) }}
        > calendar.month_start
            as is_whole_month,
        count(case when known_weeks.is_known then 1 end) = count(*) as is_known
    from calendar
    left join known_weeks
        on calendar.week_start = known_weeks.week_start
    group by calendar.month_start

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
        coalesce(rides_hindsight.n_riders, 0) as n_riders,
        cast(coalesce(rides_hindsight.n_rides, 0) as {{ dbt.type_bigint() }})
            as n_rides,
        cast(
            case
                when feature_sources.has_price
                    then coalesce(rides_hindsight.spend, 0)
            end as {{ type_double() }}
        ) as spend,
        case
            when months.last_week_start is not null then sizes.n_users_as_known
        end as n_users_as_known,
        case when months.is_known then coalesce(rides_known.n_riders, 0) end
            as n_riders_as_known,
        cast(
            case when months.is_known then coalesce(rides_known.n_rides, 0) end
            as {{ dbt.type_bigint() }}
        ) as n_rides_as_known,
        cast(
            case
                when months.is_known and feature_sources.has_price
                    then coalesce(rides_known.spend, 0)
            end as {{ type_double() }}
        ) as spend_as_known,
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
    {%- for measure in measures %}
    left join rides_{{ measure }}
        on
            months.month_start = rides_{{ measure }}.month_start
            and cities.home_city = rides_{{ measure }}.home_city
            and states.state_id = rides_{{ measure }}.state_id
    {%- endfor %}

)

select * from filled
