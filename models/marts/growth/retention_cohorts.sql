{#
    How many users of each cohort rode again: cohorts by the week of the first completed
    ride and by its month. Rides count in the month of their day.

    first ride 2024-01-31, next ride 2024-02-01:  week 0: rode
                                                  month 0: rode   month 1: rode
#}
with

cohort_sums as (

    select * from {{ ref('int_cohort_sums') }}

),

calendar as (

    select * from {{ ref('calendar') }}

),

feature_sources as (

    select * from {{ ref('int_feature_sources') }}

),

{% for length in ['week', 'month'] -%}

{{ length }}s as (

    select
        {{ length }}_start as period_start,
        row_number() over (order by {{ length }}_start) as period_number,
        {% if length == 'month' -%}
        {{ month_start(add_days('max(date_day)', 1)) }} > month_start
        {%- else -%}
        true
        {%- endif %} as is_over
    from calendar
    group by {{ length }}_start

),

{{ length }}_sums as (

    select * from cohort_sums
    where cohort_length = '{{ length }}'

),

-- Every period since the first one of the cohort: nobody riding is a zero, not a gap.
by_{{ length }} as (

    select
        '{{ length }}' as cohort_length,
        cohorts.cohort_period_start,
        periods.period_start,
        periods.period_number - first_periods.period_number
            as periods_since_first_ride,
        cohorts.n_riders as n_cohort_users,
        coalesce(sums.n_riders, 0) as n_riders,
        coalesce(sums.n_rides, 0) as n_rides,
        coalesce(sums.spend, 0) as spend,
        periods.is_over
    from {{ length }}_sums as cohorts
    inner join {{ length }}s as first_periods
        on cohorts.cohort_period_start = first_periods.period_start
    inner join {{ length }}s as periods
        on cohorts.cohort_period_start <= periods.period_start
    left join {{ length }}_sums as sums
        on
            cohorts.cohort_period_start = sums.cohort_period_start
            and periods.period_start = sums.period_start
    where cohorts.period_start = cohorts.cohort_period_start

),

{% endfor -%}

combined as (

    select * from by_week
    union all
    select * from by_month

),

log_start as (

    select min(week_start) as first_week_start from calendar

),

measured as (

    select
        combined.cohort_length,
        combined.cohort_period_start,
        combined.period_start,
        cast(combined.periods_since_first_ride as {{ dbt.type_int() }})
            as periods_since_first_ride,
        combined.n_cohort_users,
        case
            when combined.periods_since_first_ride = 0 then combined.n_cohort_users
            else 0
        end as n_new_users,
        combined.n_riders,
        {{ share('combined.n_riders', 'combined.n_cohort_users') }} as rider_share,
        cast(combined.n_rides as {{ dbt.type_bigint() }}) as n_rides,
        cast(
            case when feature_sources.has_price then combined.spend end
            as {{ type_double() }}
        ) as spend,
        combined.is_over,
        {{ is_start_of_log(
            'combined.cohort_period_start', 'log_start.first_week_start'
        ) }} as is_start_of_log
    from combined
    cross join feature_sources
    cross join log_start

)

select * from measured
