{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start', 'of_features': true, 'of_states': true},
    pre_hook=[
        "{{ waits_for(ref('int_champion_states')) }}",
        "{{ waits_for(ref('int_feature_sources')) }}",
    ],
) }}
{#
    Completed rides added up by cohort and period, for retention_cohorts: cohorts by the week
    of the first completed ride and by its month. Sums of closed periods are kept: a user who
    rode in them was in the cohort then, too.
#}
{%- set is_open = {
    'week': is_open_week('ride_months.week_start', of_features=true, of_states=true),
    'month': is_open_month('ride_months.month_start', of_features=true, of_states=true),
} %}
with

ride_months as {{ read_each_time() }} (

    select * from {{ ref('int_user_ride_months') }}

),

first_rides as (

    select
        user_id,
        min(week_start) as week_start,
        min(month_start) as month_start
    from ride_months
    group by user_id

),

-- One row per user first: counting different users of many rows would sort them.
{% for length, condition in is_open.items() -%}

user_{{ length }}s as (

    select
        ride_months.user_id,
        ride_months.{{ length }}_start as period_start,
        sum(ride_months.n_rides) as n_rides,
        sum(ride_months.spend) as spend
    from ride_months
    where {{ condition }}
    group by ride_months.user_id, ride_months.{{ length }}_start

),

{% endfor -%}

summed as (

    {%- for length in is_open %}
    select
        '{{ length }}' as cohort_length,
        first_rides.{{ length }}_start as cohort_period_start,
        periods.period_start,
        {{ last_week_of_month('periods.period_start') if length == 'month'
            else 'periods.period_start' }} as week_start,
        count(*) as n_riders,
        sum(periods.n_rides) as n_rides,
        sum(periods.spend) as spend
    from user_{{ length }}s as periods
    inner join first_rides
        on periods.user_id = first_rides.user_id
    group by first_rides.{{ length }}_start, periods.period_start
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

select * from summed
