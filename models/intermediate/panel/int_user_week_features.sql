{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start', 'of_features': true},
) }}
{#
    Every feature at the end of each week with a request: one row per user and such
    week. user_week_panel repeats these rows over the silent weeks that follow.

    In open weeks; what a user did in closed ones enters as one row, added up.

    week        n_rides  last_ride_week  is_cash, looked up there
    2024-01-01  2        2024-01-01      1
    2024-01-08  0        2024-01-01      1
    2024-01-22  1        2024-01-22      0

    A week of cancellations only has no last ride of its own: it looks up the
    attributes of the last week with a ride, by key.

    A new feature is a column of `featured`. Counts of the week that are columns as they
    are go into `weekly`, counts that are added up over all weeks so far into the macro
    `total_columns`.

    Over 170 lines, because every feature is a column of one select.
#}
{%- set weekly = [
    'n_weekend_rides',
    'n_away_rides',
    'n_evening_rides',
    'n_coupon_rides',
    'n_rides_with_coupon_count',
    'n_rides_with_city',
] + day_part_columns() -%}
{%- set totals = total_columns() | list -%}
{#- Other columns of the week itself. -#}
{%- set of_the_week = (
    weekly | reject('equalto', 'n_away_rides') | list
    + ['n_painful_cancellations']
) | reject('in', totals) | list %}

with

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

away_weeks as (

    select * from {{ ref('int_user_away_weeks') }}

),

ride_weeks as (

    select * from {{ ref('int_user_ride_weeks') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

feature_sources as (

    select * from {{ ref('int_feature_sources') }}

),

closed_user_totals as (

    select * from {{ ref('int_closed_user_totals') }}

),

known_weeks as (

    select
        user_id,
        week_start,
        {%- for column in of_the_week + totals %}
        {{ column }},
        {%- endfor %}
        week_start as first_week_start,
        case when n_rides > 0 then week_start end as last_ride_week_start,
        first_ride_at,
        last_ride_at,
        first_city,
        last_city
    from request_weeks
    where {{ is_open_week('week_start', of_features=true) }}
    union all
    select
        user_id,
        week_start,
        {%- for column in of_the_week %}
        null as {{ column }},
        {%- endfor %}
        {%- for column in totals %}
        {{ column }},
        {%- endfor %}
        first_week_start,
        last_ride_week_start,
        first_ride_at,
        last_ride_at,
        first_city,
        last_city
    from closed_user_totals

),

accumulated as (

    select
        known_weeks.*,
        lead(known_weeks.week_start) over so_far as following_week,
        min(known_weeks.first_week_start) over so_far as first_week_start_so_far,
        max(known_weeks.last_ride_week_start) over so_far
            as last_ride_week_start_so_far,
        {%- for column in totals %}
        sum(known_weeks.{{ column }}) over so_far as {{ column }}_so_far,
        {%- endfor %}
        min(known_weeks.first_ride_at) over so_far as first_ride_at_so_far,
        max(known_weeks.last_ride_at) over so_far as last_ride_at_so_far,
        min(known_weeks.first_city) over so_far as first_city_so_far,
        max(known_weeks.last_city) over so_far as last_city_so_far
    from known_weeks
    window
        so_far as (
            partition by known_weeks.user_id
            order by known_weeks.week_start
            rows between unbounded preceding and current row
        )

),

carried as (

    select
        accumulated.*,
        ride_weeks.is_cash,
        ride_weeks.is_ios,
        ride_weeks.cash_share,
        ride_weeks.rolling_avg_price,
        coalesce(away_weeks.n_away_rides, 0) as n_away_rides,
        accumulated.last_ride_week_start_so_far is not null as has_completed_ride
    from accumulated
    left join ride_weeks
        on
            accumulated.user_id = ride_weeks.user_id
            and accumulated.last_ride_week_start_so_far = ride_weeks.week_start
    left join away_weeks
        on
            accumulated.user_id = away_weeks.user_id
            and accumulated.week_start = away_weeks.week_start
    where {{ is_open_week('accumulated.week_start', of_features=true) }}

),

featured as (

    select
        carried.user_id,
        carried.week_start,
        coalesce(
            carried.following_week,
            {{ add_days('as_of_week.as_of_week_start', 7) }}
        ) as next_week_start,
        carried.n_rides > 0 as is_active,
        carried.n_rides,
        carried.n_requests,
        carried.n_cancellations,
        {{ defined(
            'n_painful_cancellations', 'carried.n_painful_cancellations'
        ) }} as n_painful_cancellations,
        {%- for column in weekly %}
        cast({{ defined(column, 'carried.' ~ column) }} as {{ dbt.type_int() }})
            as {{ column }},
        {%- endfor %}
        {{ weeks_between('carried.last_ride_week_start_so_far', 'carried.week_start') }}
            as weeks_since_last_ride,
        {{ weeks_between('carried.first_week_start_so_far', 'carried.week_start') }}
            as weeks_on_platform,
        {{ share('carried.n_weekend_rides_so_far', 'carried.n_rides_so_far') }}
            as weekend_share,
        {{ share('carried.n_evening_rides_so_far', 'carried.n_rides_so_far') }}
            as evening_share,
        case
            when carried.has_completed_ride
                then {{ share(
                    'carried.n_cancellations_so_far',
                    'carried.n_requests_so_far'
                ) }}
        end as cancellation_share,
        {{ defined('cash_share', 'carried.cash_share') }} as cash_share,
        {{ defined('coupon_share', share(
            'carried.n_coupon_rides_so_far',
            'carried.n_rides_with_coupon_count_so_far'
        )) }} as coupon_share,
        {{ defined('rolling_avg_price', 'carried.rolling_avg_price') }}
            as rolling_avg_price,
        {{ defined(
            'avg_days_between_rides',
            days_between(
                'carried.first_ride_at_so_far', 'carried.last_ride_at_so_far'
            ) ~ ' / nullif(carried.n_rides_so_far - 1, 0)'
        ) }} as avg_days_between_rides,
        {{ defined('mean_surge_multiplier', share(
            'carried.total_surge_multiplier_so_far',
            'carried.n_rides_with_surge_so_far'
        )) }} as mean_surge_multiplier,
        {{ defined('is_cash', 'carried.is_cash') }} = 1 as is_cash,
        {{ defined('is_ios', 'carried.is_ios') }} = 1 as is_ios,
        {{ defined(
            'has_used_multiple_cities',
            'case when carried.first_city_so_far <> carried.last_city_so_far then 1'
            ~ ' when carried.first_city_so_far is not null then 0 end'
        ) }} = 1 as has_used_multiple_cities,
        carried.n_rides > 0 and carried.n_rides = carried.n_rides_so_far
            as is_first_ride_week,
        carried.has_completed_ride
    from carried
    cross join as_of_week
    cross join feature_sources

)

select * from featured
