{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'last_week_start', 'of_features': true, 'of_states': true},
    pre_hook="{{ waits_for(ref('int_champion_states')) }}",
) }}
{#
    Rides and spend of users in a week, and what followed in the next week and in the next
    12 weeks, added up by weeks since the last ride. For int_expected_rides and
    int_expected_spend, which need the newest year. What followed a week is kept when its
    last week is closed.
#}
{%- set first_week = first_open_week(of_features=true, of_states=true) -%}
{%- set spans = ahead_spans() -%}
{%- set longest = spans.values() | max %}
with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

newest_weeks as (

    select
        user_week_panel.user_id,
        user_week_panel.week_start,
        user_week_panel.weeks_since_last_ride,
        user_week_panel.n_rides as rides,
        request_weeks.spend
    from user_week_panel
    cross join as_of_week
    left join request_weeks
        on
            user_week_panel.user_id = request_weeks.user_id
            and user_week_panel.week_start = request_weeks.week_start
    where
        user_week_panel.has_completed_ride
        {%- if first_week == start_of_time() %}
        and user_week_panel.week_start
        >= {{ add_days(
            'as_of_week.as_of_week_start', -7 * (past_weeks_beside() + longest - 1)
        ) }}
        {%- else %}
        and user_week_panel.week_start
        >= {{ add_days("cast('" ~ first_week ~ "' as date)", -7 * longest) }}
        {%- endif %}

),

looked_ahead as (

    select
        user_id,
        week_start,
        rides,
        spend,
        {%- for measure in ['rides', 'spend'] %}
        {%- for span, weeks in spans.items() %}
        sum({{ measure }}) over (
            partition by user_id
            order by week_start
            rows between 1 following and {{ weeks }} following
        ) as {{ measure }}_{{ span }},
        {%- endfor %}
        {%- endfor %}
        {{ recency_group('weeks_since_last_ride') }} as recency_group
    from newest_weeks

),

summed as (

    select
        week_start,
        {{ add_days('week_start', 7 * longest) }} as last_week_start,
        recency_group,
        {%- for column in
            ['rides'] + amounts_ahead('rides') + ['spend'] + amounts_ahead('spend') %}
        sum({{ column }}) as {{ column }},
        {%- endfor %}
        count(*) as n_users
    from looked_ahead
    group by week_start, recency_group

)

select * from summed
