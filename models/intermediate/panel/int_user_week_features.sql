{#
    Every feature at the end of each week with a request: one row per user and such
    week. user_week_panel repeats these rows over the silent weeks that follow.

    week        n_rides  last_ride_week  is_cash, looked up there
    2024-01-01  2        2024-01-01      1
    2024-01-08  0        2024-01-01      1
    2024-01-22  1        2024-01-22      0

    A week of cancellations only has no last ride of its own: it looks up the
    attributes of the last week with a ride, by key.

    A new feature is a column of `featured`. Counts of the week that are columns as they
    are go into `weekly`, counts that are added up over all weeks so far into `totals`.

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
{%- set totals = [
    'n_requests',
    'n_rides',
    'n_cancellations',
    'n_weekend_rides',
    'n_evening_rides',
    'n_coupon_rides',
    'n_rides_with_coupon_count',
    'total_surge_multiplier',
    'n_rides_with_surge',
] %}

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

accumulated as (

    select
        request_weeks.*,
        lead(request_weeks.week_start) over so_far as following_week,
        min(request_weeks.week_start) over so_far as first_week_start,
        max(case when request_weeks.n_rides > 0 then request_weeks.week_start end)
            over so_far as last_ride_week_start,
        {%- for column in totals %}
        sum(request_weeks.{{ column }}) over so_far as {{ column }}_so_far,
        {%- endfor %}
        min(request_weeks.first_ride_at) over so_far as first_ride_at_so_far,
        max(request_weeks.last_ride_at) over so_far as last_ride_at_so_far,
        min(request_weeks.first_city) over so_far as first_city_so_far,
        max(request_weeks.last_city) over so_far as last_city_so_far
    from request_weeks
    window
        so_far as (
            partition by request_weeks.user_id
            order by request_weeks.week_start
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
        accumulated.last_ride_week_start is not null as has_completed_ride
    from accumulated
    left join ride_weeks
        on
            accumulated.user_id = ride_weeks.user_id
            and accumulated.last_ride_week_start = ride_weeks.week_start
    left join away_weeks
        on
            accumulated.user_id = away_weeks.user_id
            and accumulated.week_start = away_weeks.week_start

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
        {{ weeks_between('carried.last_ride_week_start', 'carried.week_start') }}
            as weeks_since_last_ride,
        {{ weeks_between('carried.first_week_start', 'carried.week_start') }}
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
