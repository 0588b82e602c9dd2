{#
    Measures the rides that were kept, before any model: one row per check and subject.
    Most checks cover the newest weeks only, because among all rides a recent fault
    would not show.
#}
{%- set optional_values = ['city', 'payment_mode', 'platform'] -%}
{%- set as_of_date = "cast('" ~ var('as_of_date') ~ "' as date)" -%}
{%- set next_day = add_days(as_of_date, 1) -%}
{%- set end_of_day = 'cast(' ~ next_day ~ ' as ' ~ dbt.type_timestamp() ~ ')' -%}
{%- set clock = local_time(dbt.current_timestamp(), "'UTC'") -%}
{%- set now = end_of_day if var('as_of_date') else clock -%}

with

rides as (

    select * from {{ ref('int_rides') }}

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

located as (

    select
        rides.*,
        recent_weeks.last_week_start,
        rides.week_start >= recent_weeks.first_week_start
        and rides.week_start <= recent_weeks.last_week_start as is_recent
    from rides
    cross join recent_weeks

),

counted as (

    select
        count(case when is_recent then 1 end) as n_recent,
        count(case when is_recent and is_completed then 1 end)
            as n_recent_completed,
        count(case when is_recent and status = 'other' then 1 end)
            as n_recent_other,
        count(
            case when is_completed and week_start = last_week_start then 1 end
        ) as n_completed_in_last_week,
        count(
            case
                when
                    is_completed
                    and week_start < last_week_start
                    and week_start
                    >= {{ add_days('last_week_start', -7 * var('drift_weeks')) }}
                    then 1
            end
        ) as n_completed_before,
        {%- for column in optional_values %}
        count(case when is_completed then {{ column }} end)
            as n_with_{{ column }},
        count(case when is_completed and is_recent then {{ column }} end)
            as n_recent_with_{{ column }},
        {%- endfor %}
        max(requested_at) as last_requested_at
    from located

),

measured as (

    select
        'days_since_newest_ride' as check_name,
        'newest ride' as subject,
        case
            when last_requested_at is not null
                then
                    greatest(
                        floor({{ days_between(
                            local_time('last_requested_at', "'UTC'"), now
                        ) }}),
                        0
                    )
        end as measured_value
    from counted
    union all
    select
        'change_in_rides' as check_name,
        'newest week' as subject,
        abs(
            {{ share(
                'n_completed_in_last_week * ' ~ var('drift_weeks'),
                'n_completed_before'
            ) }} - 1
        ) as measured_value
    from counted
    union all
    select
        'status_other' as check_name,
        'newest weeks' as subject,
        {{ share('n_recent_other', 'n_recent') }} as measured_value
    from counted
    {%- for column in optional_values %}
    union all
    select
        'value_missing' as check_name,
        '{{ column }}' as subject,
        case
            when n_with_{{ column }} > 0
                then
                    1 - {{ share('n_recent_with_' ~ column, 'n_recent_completed') }}
        end as measured_value
    from counted
    {%- endfor %}

)

select * from measured
