{#
    A filled week names the user's last week with a request and repeats its values: carried
    features are equal, zero features are zero, and growing ones are larger by the weeks in
    between, up to their cap.

    Checked for 2,000 users, chosen by hash. The rule is the same for everyone, and joining
    the whole panel with itself would take longer than building it.

    Where tests look only at open weeks, values are compared with those of the last closed
    week, if the last request is older.
#}
{%- set features = var('features') -%}
{%- set carried = features | selectattr('silent_week', 'equalto', 'carried')
    | map(attribute='name') | list -%}
{%- set first_week = "cast('" ~ first_tested_week() ~ "' as date)" -%}
{%- set last_untested_week = add_days(first_week, -7) -%}
{%- set counts = zero_columns() -%}
{%- set growing = features | selectattr('silent_week', 'equalto', 'growing') | list -%}

with

whole_panel as {{ read_each_time() }} (

    select * from {{ ref('user_week_panel') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

-- Every user has a row of the as-of week.
sampled_users as (

    select whole_panel.user_id
    from whole_panel
    inner join as_of_week
        on whole_panel.week_start = as_of_week.as_of_week_start
    order by md5(whole_panel.user_id)
    limit 2000

),

user_week_panel as (

    select whole_panel.*
    from whole_panel
    inner join sampled_users
        on whole_panel.user_id = sampled_users.user_id
    where whole_panel.week_start >= {{ last_untested_week }}

),

request_weeks as {{ read_each_time() }} (

    select * from {{ ref('int_user_request_weeks') }}

),

requested_before as (

    select
        user_id,
        max(week_start) as request_week_start
    from request_weeks
    where week_start < {{ last_untested_week }}
    group by user_id

),

-- The last week with a request, computed another way: a running maximum over the
-- dense weeks, where the panel expands the sparse ones.
last_requested as (

    select
        panel.user_id,
        panel.week_start,
        coalesce(
            max(request_weeks.week_start) over (
                partition by panel.user_id
                order by panel.week_start
                rows between unbounded preceding and current row
            ), requested_before.request_week_start
        ) as request_week_start
    from user_week_panel as panel
    left join requested_before
        on panel.user_id = requested_before.user_id
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
        {{ weeks_between('request_week_start', 'week_start') }} as n_silent_weeks,
        case
            when request_week_start < {{ last_untested_week }}
                then {{ last_untested_week }}
            else request_week_start
        end as origin_week_start
    from last_requested
    where {{ is_tested_week('week_start') }}

),

broken as (

    select
        panel.user_id,
        panel.week_start,
        panel.filled_from_week_start,
        measured.request_week_start,
        measured.origin_week_start
    from user_week_panel as panel
    inner join measured
        on
            panel.user_id = measured.user_id
            and panel.week_start = measured.week_start
    left join user_week_panel as origin
        on
            measured.user_id = origin.user_id
            and measured.origin_week_start = origin.week_start
    where
        panel.filled_from_week_start is distinct from measured.request_week_start
        or (panel.{{ carried | join(', panel.') }})
        is distinct from (origin.{{ carried | join(', origin.') }})
        {%- for feature in growing %}
        {%- set grown = 'origin.' ~ feature['name'] ~ ' + '
            ~ weeks_between('measured.origin_week_start', 'panel.week_start') %}
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
