{#
    A filled week names the user's last week with a request, and holds what that
    week says: carried features equal, zero features zero, growing ones larger by
    the weeks between (weeks_since_last_ride up to its cap).
#}
with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

filled as (

    select
        panel.user_id,
        panel.week_start,
        panel.filled_from_week_start,
        {%- for feature in var('features') %}
        panel.{{ feature['name'] }},
        source_weeks.{{ feature['name'] }} as source_{{ feature['name'] }},
        {%- endfor %}
        {{ weeks_between('panel.filled_from_week_start', 'panel.week_start') }}
            as n_silent_weeks
    from user_week_panel as panel
    left join user_week_panel as source_weeks
        on
            panel.user_id = source_weeks.user_id
            and panel.filled_from_week_start = source_weeks.week_start

),

-- The last week with a request, looked up anew and without `lead`.
last_requested as (

    select
        panel.user_id,
        panel.week_start,
        max(request_weeks.week_start) as request_week_start
    from user_week_panel as panel
    left join request_weeks
        on
            panel.user_id = request_weeks.user_id
            and panel.week_start >= request_weeks.week_start
    group by panel.user_id, panel.week_start

),

broken as (

    select
        filled.user_id,
        filled.week_start,
        filled.filled_from_week_start,
        last_requested.request_week_start
    from filled
    inner join last_requested
        on
            filled.user_id = last_requested.user_id
            and filled.week_start = last_requested.week_start
    where
        last_requested.request_week_start
        is distinct from filled.filled_from_week_start
        {%- for feature in var('features') %}
        {%- set name = feature['name'] %}
        {%- if feature['silent_week'] == 'carried' %}
        or filled.{{ name }} is distinct from filled.source_{{ name }}
        {%- elif feature['silent_week'] == 'growing' %}
        or filled.{{ name }} is distinct from
        {%- if name == 'weeks_since_last_ride' %}
        case
            when filled.source_{{ name }} is not null
                then least(
                    filled.source_{{ name }} + filled.n_silent_weeks,
                    {{ var('lapse_after_weeks') }}
                )
        end
        {%- else %}
        filled.source_{{ name }} + filled.n_silent_weeks
        {%- endif %}
        {%- else %}
        or (
            filled.n_silent_weeks > 0
            and cast(filled.{{ name }} as integer) <> 0
        )
        {%- endif %}
        {%- endfor %}

)

select * from broken
