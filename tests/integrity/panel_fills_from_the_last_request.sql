{#
    A filled week names the user's last week with a request and repeats its values: carried
    features are equal, zero features are zero, and growing ones are larger by the weeks in
    between, up to their cap.

    Checked for 2,000 users, chosen by hash. The rule is the same for everyone, and joining
    the whole panel with itself would take longer than building it.
#}
{%- set features = var('features') -%}
{%- set carried = features | selectattr('silent_week', 'equalto', 'carried')
    | map(attribute='name') | list -%}
{%- set counts = zero_columns() -%}
{%- set growing = features | selectattr('silent_week', 'equalto', 'growing') | list -%}

with

whole_panel as (

    select * from {{ ref('user_week_panel') }}

),

sampled_users as (

    select user_id
    from whole_panel
    group by user_id
    order by md5(user_id)
    limit 2000

),

user_week_panel as (

    select whole_panel.*
    from whole_panel
    inner join sampled_users
        on whole_panel.user_id = sampled_users.user_id

),

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

-- The last week with a request, computed another way: a running maximum over the
-- dense weeks, where the panel expands the sparse ones.
last_requested as (

    select
        panel.user_id,
        panel.week_start,
        max(request_weeks.week_start) over (
            partition by panel.user_id
            order by panel.week_start
            rows between unbounded preceding and current row
        ) as request_week_start
    from user_week_panel as panel
    left join request_weeks
        on
            panel.user_id = request_weeks.user_id
            and panel.week_start = request_weeks.week_start

),

measured as (

    select
        user_id,
        week_start,
        request_week_start,
        {{ weeks_between('request_week_start', 'week_start') }} as n_silent_weeks
    from last_requested

),

broken as (

    select
        panel.user_id,
        panel.week_start,
        panel.filled_from_week_start,
        measured.request_week_start
    from user_week_panel as panel
    inner join measured
        on
            panel.user_id = measured.user_id
            and panel.week_start = measured.week_start
    left join user_week_panel as origin
        on
            measured.user_id = origin.user_id
            and measured.request_week_start = origin.week_start
    where
        panel.filled_from_week_start is distinct from measured.request_week_start
        or (panel.{{ carried | join(', panel.') }})
        is distinct from (origin.{{ carried | join(', origin.') }})
        {%- for feature in growing %}
        {%- set grown = 'origin.' ~ feature['name'] ~ ' + measured.n_silent_weeks' %}
        or panel.{{ feature['name'] }} is distinct from
        {%- if feature['cap'] != 'none' %}
        case
            when {{ grown }} > {{ var(feature['cap']) }} then {{ var(feature['cap']) }}
            else {{ grown }}
        end
        {%- else %}
        {{ grown }}
        {%- endif %}
        {%- endfor %}
        or (
            measured.n_silent_weeks > 0
            and (
                panel.is_active
                or 0 <> any(array[panel.{{ counts | join(', panel.') }}])
            )
        )

)

select * from broken
