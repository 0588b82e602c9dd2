{#
    In each table the rows of the newest week are marked by `is_latest_week`, and no others:
    also in user_outlook, which keeps the rows of earlier weeks.
#}
{%- set tables = {
    'user_weekly_states': 'week_start',
    'user_outlook': 'as_of_week_start',
    'state_sizes': 'week_start',
    'state_sizes_by_city': 'week_start',
    'state_sizes_by_city_and_platform': 'week_start',
    'state_weekly_flows': 'week_start',
    'calendar': 'week_start',
} %}

with

{% for table, week in tables.items() -%}

{{ table }}_weeks as (

    select
        '{{ table }}' as table_name,
        {{ week }} as week_start,
        {{ week }} = max({{ week }}) over () as is_newest,
        count(case when is_latest_week then 1 end) as n_marked,
        count(*) as n_rows
    from {{ ref(table) }}
    group by {{ week }}

),

{% endfor -%}

combined as (

    {%- for table in tables %}
    select * from {{ table }}_weeks
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

wrong as (

    select * from combined
    where n_marked <> case when is_newest then n_rows else 0 end

)

select * from wrong
