{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start', 'of_features': true, 'of_states': true},
) }}
{#
    Each feature of the panel added up by week and state of the user, for state_profiles.
    State 0 is left out. A feature of several parts has a row for each. Sums of closed weeks
    are kept.
#}
{%- set numbers = profile_numbers() %}

with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

-- One scan reads all features; they become rows afterwards. Each number is computed
-- once in a row, although two sums read it.
numbered as (

    select
        {%- for name, number in numbers.items() %}
        cast({{ number }} as {{ type_double() }}) as {{ name }},
        {%- endfor %}
        user_weekly_states.week_start,
        user_weekly_states.state_id
    from user_weekly_states
    inner join user_week_panel
        on
            user_weekly_states.user_id = user_week_panel.user_id
            and user_weekly_states.week_start = user_week_panel.week_start
    where
        user_weekly_states.state_id > 0
        and {{ is_open_week(
            'user_weekly_states.week_start', of_features=true, of_states=true
        ) }}
        and {{ is_open_week(
            'user_week_panel.week_start', of_features=true, of_states=true
        ) }}
    {{ kept_apart() }}

),

summed as (

    select
        {%- for name in numbers %}
        count({{ name }}) as n_{{ name }},
        sum({{ name }}) as sum_{{ name }},
        sum({{ name }} * {{ name }}) as squares_{{ name }},
        {%- endfor %}
        week_start,
        state_id
    from numbered
    group by week_start, state_id

),

unpivoted as (

    {%- for name in numbers %}
    select
        week_start,
        state_id,
        '{{ name }}' as feature,
        {{ loop.index }} as feature_position,
        n_{{ name }} as n_user_weeks,
        coalesce(sum_{{ name }}, 0) as sum_of_values,
        coalesce(squares_{{ name }}, 0) as sum_of_squares
    from summed
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

select * from unpivoted
