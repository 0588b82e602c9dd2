{#
    Does retention get better? The share of users who ride 1, 4, 12 and 26 weeks after
    their first ride, by the calendar quarter of that ride. Without the first weeks of the
    log, whose users may have ridden before it began.
#}
with

retention_cohorts as (

    select * from {{ ref('retention_cohorts') }}

),

calendar as (

    select * from {{ ref('calendar') }}

)

select
    calendar.calendar_year,
    floor((calendar.month_of_year + 2) / 3.0) as quarter_of_first_ride,
    {%- for weeks in [1, 4, 12, 26] %}
    round(
        cast(
            100 * {{ share(
                'sum(case when cohorts.periods_since_first_ride = ' ~ weeks
                ~ ' then cohorts.n_riders end)',
                'sum(case when cohorts.periods_since_first_ride = ' ~ weeks
                ~ ' then cohorts.n_cohort_users end)'
            ) }} as {{ type_exact() }}
        ),
        1
    ) as percent_after_{{ weeks }}_weeks,
    {%- endfor %}
    sum(cohorts.n_new_users) as n_new_riders
from retention_cohorts as cohorts
inner join calendar
    on cohorts.cohort_period_start = calendar.date_day
where cohorts.cohort_length = 'week' and not cohorts.is_start_of_log
group by calendar.calendar_year, floor((calendar.month_of_year + 2) / 3.0)
order by calendar.calendar_year, floor((calendar.month_of_year + 2) / 3.0)
