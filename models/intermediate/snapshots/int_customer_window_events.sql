{#
    What each customer did in the window before the end of each as-of week, and since when
    the customer was seen, by the links between identifiers that had been seen by then.
    Page views and the like are counted; blogs, videos, whitepapers and features have
    names, and each name counts once.

    No week reads its own window: a day is added in the week in which it comes into the
    window, and taken out in the week in which it is too old.

    window of 14 days                  week 1   week 2   week 3   week 4   week 5
    2 rides in week 1, 3 in week 2     +2       +3       -2       -3
    rides in the window                2        5        3        0        0

    Over 170 lines, because days and ends of weeks stand in one order.
#}
{%- set window_days = var('customer_window_days') -%}
{%- set counts = [
    'n_events', 'n_product_events', 'n_website_views', 'n_web_events',
    'n_videos_started', 'n_filters_used', 'n_purchases', 'n_rides',
] -%}
{%- set names = [
    'n_blogs', 'n_whitepapers', 'n_videos', 'n_product_features',
    'n_product_feature_days',
] -%}
{%- set all_counts = [
    'n_active_days', 'n_product_days', 'n_feature_interactions_30d',
] + counts + names -%}

with

days as {{ read_each_time() }} (

    select * from {{ ref('int_phase_days') }}

),

name_steps as (

    select * from {{ ref('int_phase_name_steps') }}

),

identified_phases as (

    select * from {{ ref('int_customer_phases') }}

),

weeks as (

    select * from {{ ref('int_snapshot_weeks') }}

),

bounds as (

    select
        min(as_of_week_start) as first_week_start,
        max(ends_on) as ends_on
    from weeks

),

phases as (

    select distinct
        phase_number,
        customer_id,
        first_week_start,
        next_week_start
    from identified_phases

),

-- All have the same columns. What the last window still has does not leave.
steps as (

    {% for n_days, sign in [(0, ''), (window_days, '-')] -%}
    select
        days.phase_number,
        {{ week_of_step('days.local_date', n_days) }} as week_start,
        {{ sign }}1 as n_active_days,
        {{ sign }}(case when days.n_product_events > 0 then 1 else 0 end)
            as n_product_days,
        {% if sign %}0{% else %}days.n_feature_interactions{% endif %}
            as n_feature_interactions_30d,
        {%- for column in counts %}
        {{ sign ~ 'days.' ~ column ~ (' as ' ~ column if sign) }},
        {%- endfor %}
        {%- for column in names %}
        0 as {{ column }},
        {%- endfor %}
        {% if sign -%}
        -days.spend as spend,
        cast(null as date) as last_bought_on,
        cast(null as date) as first_seen_on,
        cast(null as date) as last_seen_on,
        0 as is_seen_on_web
        {%- else -%}
        days.spend,
        days.last_bought_on,
        days.first_seen_on,
        days.last_seen_on,
        case when days.n_web_events > 0 then 1 else 0 end as is_seen_on_web
        {%- endif %}
    from days
    cross join bounds
    {%- if sign %}
    where days.local_date < {{ add_days('bounds.ends_on', -n_days) }}
    {%- endif %}
    union all
    {% endfor -%}
    select
        days.phase_number,
        {{ week_of_step('days.local_date', 30) }} as week_start,
        0 as n_active_days,
        0 as n_product_days,
        -days.n_feature_interactions as n_feature_interactions_30d,
        {%- for column in counts + names %}
        0 as {{ column }},
        {%- endfor %}
        null as spend,
        null as last_bought_on,
        null as first_seen_on,
        null as last_seen_on,
        0 as is_seen_on_web
    from days
    cross join bounds
    where
        days.n_feature_interactions > 0
        and days.local_date < {{ add_days('bounds.ends_on', -30) }}
    union all
    select
        phase_number,
        week_start,
        0 as n_active_days,
        0 as n_product_days,
        0 as n_feature_interactions_30d,
        {%- for column in counts %}
        0 as {{ column }},
        {%- endfor %}
        {{ names | join(',\n        ') }},
        null as spend,
        null as last_bought_on,
        null as first_seen_on,
        null as last_seen_on,
        0 as is_seen_on_web
    from name_steps

),

weekly_steps as (

    select
        phase_number,
        week_start,
        {%- for column in all_counts %}
        cast(sum({{ column }}) as {{ dbt.type_int() }}) as {{ column }},
        {%- endfor %}
        sum(spend) as spend,
        max(last_bought_on) as last_bought_on,
        min(first_seen_on) as first_seen_on,
        max(last_seen_on) as last_seen_on,
        max(is_seen_on_web) as is_seen_on_web
    from steps
    group by phase_number, week_start

),

-- A phase begins with what was done in earlier weeks.
timeline as (

    select
        phases.phase_number,
        phases.customer_id,
        phases.first_week_start,
        phases.next_week_start,
        weeks.as_of_week_start,
        weeks.ends_on,
        weekly_steps.last_bought_on,
        weekly_steps.first_seen_on,
        weekly_steps.last_seen_on,
        weekly_steps.is_seen_on_web,
        {%- for column in all_counts %}
        coalesce(weekly_steps.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        coalesce(weekly_steps.spend, 0) as spend
    from phases
    inner join weeks
        on
            phases.next_week_start is null
            or phases.next_week_start > weeks.as_of_week_start
    left join weekly_steps
        on
            phases.phase_number = weekly_steps.phase_number
            and weeks.as_of_week_start = weekly_steps.week_start

),

summed as (

    select
        as_of_week_start,
        customer_id,
        first_week_start,
        ends_on,
        {%- for column in all_counts + ['spend'] %}
        sum({{ column }}) over so_far as {{ column }},
        {%- endfor %}
        max(last_bought_on) over so_far as last_bought_on,
        min(first_seen_on) over so_far as first_seen_on,
        max(last_seen_on) over so_far as last_seen_on,
        max(is_seen_on_web) over so_far as is_seen_on_web
    from timeline
    window
        so_far as (
            partition by phase_number
            order by as_of_week_start
            rows between unbounded preceding and current row
        )

),

windowed as (

    select
        as_of_week_start,
        customer_id,
        {%- for column in all_counts %}
        cast({{ column }} as {{ dbt.type_int() }}) as {{ column }},
        {%- endfor %}
        cast(spend as {{ type_double() }}) as spend,
        case
            when last_bought_on >= {{ add_days('ends_on', -window_days) }}
                then last_bought_on
        end as last_bought_on,
        first_seen_on,
        last_seen_on,
        coalesce(is_seen_on_web, 0) = 1 as has_web
    from summed
    where as_of_week_start >= first_week_start

)

select * from windowed
