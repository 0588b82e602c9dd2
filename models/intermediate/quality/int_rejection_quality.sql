{#
    Measures how many rides were set aside or kept with a value replaced: one row per
    check and subject. Rides of excluded accounts and of forgotten users are set aside on
    purpose and do not count; those of closed weeks wait, and have a check of their own.

    Over 170 lines, because each check is a row of one union over the same counts.
#}
{%- set replaced_values = ['unknown_time_zone', 'unknown_exchange_rate'] -%}
{%- set text = dbt.type_string() -%}
{%- for name in possible_values() -%}
{%- do replaced_values.append('impossible_' ~ name) -%}
{%- endfor -%}

with

rides as (

    select * from {{ ref('int_rides') }}

),

rejected_rides as (

    select * from {{ ref('int_rejected_rides') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

recent_weeks as (

    select
        as_of_week_start as last_week_start,
        {{ add_days('as_of_week_start', -7 * (var('drift_weeks') - 1)) }}
            as first_week_start
    from as_of_week

),

kept as (

    select
        count(*) as n_rides,
        count(
            case
                when
                    rides.week_start >= recent_weeks.first_week_start
                    and rides.week_start <= recent_weeks.last_week_start
                    then 1
            end
        ) as n_recent_rides
    from rides
    cross join recent_weeks

),

open_weeks as (

    select * from {{ ref('int_open_weeks') }}

),

rejected_in_weeks as (

    select
        rejected_rides.broken_rule,
        rejected_rides.outcome = 'set aside'
        and rejected_rides.broken_rule not in ('excluded_user', 'closed_week')
            as is_set_aside,
        {{ week_start(local_time(
            'rejected_rides.requested_at', "'" ~ var('default_time_zone') ~ "'"
        )) }} as week_start
    from rejected_rides

),

dated as (

    select
        rejected_in_weeks.broken_rule,
        rejected_in_weeks.is_set_aside,
        rejected_in_weeks.week_start >= recent_weeks.first_week_start
        and rejected_in_weeks.week_start <= recent_weeks.last_week_start
            as is_recent
    from rejected_in_weeks
    cross join recent_weeks

),

rejected as (

    select
        {%- for rule in replaced_values %}
        count(case when is_recent and broken_rule = '{{ rule }}' then 1 end)
            as n_recent_{{ rule }},
        {%- endfor %}
        count(case when is_set_aside then 1 end) as n_set_aside,
        count(case when is_set_aside and is_recent then 1 end)
            as n_recent_set_aside,
        count(case when broken_rule = 'closed_week' then 1 end) as n_of_closed_weeks
    from dated

),

without_rate as (

    select
        cast(min(requested_at) as date) as first_day,
        cast(max(requested_at) as date) as last_day,
        count(*) as n_rides
    from rejected_rides
    where broken_rule = 'unknown_exchange_rate'

),

measured as (

    select
        'rides_set_aside' as check_name,
        'all rides' as subject,
        {{ share('rejected.n_set_aside', '(kept.n_rides + rejected.n_set_aside)') }}
            as measured_value,
        cast(null as {{ text }}) as found
    from kept
    cross join rejected
    union all
    select
        'rides_set_aside' as check_name,
        'newest weeks' as subject,
        {{ share(
            'rejected.n_recent_set_aside',
            '(kept.n_recent_rides + rejected.n_recent_set_aside)'
        ) }} as measured_value,
        cast(null as {{ text }}) as found
    from kept
    cross join rejected
    {%- for rule in replaced_values %}
    union all
    select
        'values_replaced' as check_name,
        '{{ rule }}' as subject,
        {{ share('rejected.n_recent_' ~ rule, 'kept.n_recent_rides') }}
            as measured_value,
        cast(null as {{ text }}) as found
    from kept
    cross join rejected
    {%- endfor %}
    union all
    select
        'values_replaced' as check_name,
        'unknown_exchange_rate, all rides' as subject,
        {{ share('without_rate.n_rides', 'kept.n_rides') }} as measured_value,
        -- Null without such rides, as their days are.
        'Rides whose price has no exchange rate: '
        || cast(without_rate.n_rides as {{ text }}) || ', requested from '
        || cast(without_rate.first_day as {{ text }}) || ' to '
        || cast(without_rate.last_day as {{ text }}) || '.' as found
    from kept
    cross join without_rate
    union all
    select
        'rides_waiting' as check_name,
        'closed weeks' as subject,
        {{ share(
            '(open_weeks.n_waiting_rides + rejected.n_of_closed_weeks)', 'kept.n_rides'
        ) }} as measured_value,
        'Rides of closed weeks that no table counts yet: '
        || cast(
            open_weeks.n_waiting_rides + rejected.n_of_closed_weeks as {{ text }}
        ) || '.' as found
    from kept
    cross join rejected
    cross join open_weeks

)

select * from measured
