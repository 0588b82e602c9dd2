{#
    How far each person and each session came in each funnel, by three ways of counting.

    events            1 other 2 2 1 3      (places in the funnel)
    ordered           3                    other events may come between
    strict            1                    nothing may come between
    any               3                    the order does not matter
#}
{%- set window_seconds = var('journey_window_hours') * 3600 -%}
{%- set chain_end = seconds_after('chain_began_at', window_seconds) -%}
{%- set run_end = seconds_after('run_began_at', window_seconds) -%}
with

funnel_events as (

    select * from {{ ref('int_funnel_events') }}

),

paths as (

    select
        funnel,
        unit,
        path_id,
        max(
            case when occurred_at <= {{ chain_end }} then position else 0 end
        ) as ordered_in_window,
        max(case when chain_began_at is not null then position else 0 end)
            as ordered_ever,
        max(
            case when occurred_at <= {{ run_end }} then position else 0 end
        ) as strict_in_window,
        max(case when run_began_at is not null then position else 0 end)
            as strict_ever,
        max(n_places_in_window) as any_in_window,
        max(n_places_ever) as any_ever
    from funnel_events
    group by path_id, funnel, unit

),

combined as (

    {%- for counting in ['ordered', 'strict', 'any'] %}
    select
        funnel,
        unit,
        path_id,
        '{{ counting }}' as counting,
        {{ counting }}_in_window as reached_in_window,
        {{ counting }}_ever as reached_ever
    from paths
    {%- if counting == 'strict' %}
    where strict_ever > 0
    {%- endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

select * from combined
