{#
    How often each value of each feature of the champion occurs in the reference weeks
    and in the newest weeks. Only weeks in which the model reads the feature count:
    old values carried through silent weeks would hide a change. Of a feature of several
    parts each part counts for itself, under the name of its column.
#}
{%- set numbers = all_feature_numbers() %}

with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

drift_weeks as (

    select * from {{ ref('int_drift_weeks') }}

),

feature_scaling as (

    select * from {{ ref('stg_hmm__feature_scaling') }}

),

in_use as (

    select
        feature_scaling.run_id,
        feature_scaling.feature,
        feature_scaling.feature_position,
        case
            when drift_weeks.emissions = 'mixed' then feature_scaling.evidence
            else 'week'
        end as evidence
    from feature_scaling
    inner join drift_weeks
        on feature_scaling.run_id = drift_weeks.run_id
    where feature_scaling.feature_position is not null

),

windowed as (

    select
        {%- for name, described in numbers.items() %}
        {{ described['number'] }} as number_{{ name }},
        {%- endfor %}
        user_week_panel.filled_from_week_start = user_week_panel.week_start
            as has_request,
        user_week_panel.n_rides > 0 as has_ride,
        user_week_panel.is_first_ride_week is not true as is_later_week,
        user_week_panel.week_start >= drift_weeks.first_recent_week_start
            as is_recent
    from user_week_panel
    inner join drift_weeks
        on
            user_week_panel.week_start >= drift_weeks.first_recent_week_start
            and user_week_panel.week_start <= drift_weeks.last_recent_week_start
            or user_week_panel.week_start >= drift_weeks.first_reference_week_start
            and user_week_panel.week_start <= drift_weeks.last_reference_week_start
    where user_week_panel.has_completed_ride

),

counted as (

    {%- for name, described in numbers.items() %}
    select
        in_use.run_id,
        '{{ name }}' as feature,
        in_use.feature_position,
        windowed.number_{{ name }} as feature_value,
        count(case when not windowed.is_recent then 1 end)
            as n_reference_user_weeks,
        count(case when windowed.is_recent then 1 end) as n_recent_user_weeks
    from in_use
    inner join windowed
        on
            in_use.evidence = 'week'
            or in_use.evidence = 'request' and windowed.has_request
            or in_use.evidence = 'ride' and windowed.has_ride
            or in_use.evidence = 'later_week' and windowed.is_later_week
    where
        in_use.feature = '{{ described['feature']['name'] }}'
        and windowed.number_{{ name }} is not null
    group by
        in_use.run_id,
        in_use.feature_position,
        windowed.number_{{ name }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

select * from counted
