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

{# A CTE that both read would be stored. -#}
of_persons as (

    select
        funnel,
        'person' as unit,
        path_id,
        position,
        occurred_at,
        chain_began_at,
        run_began_at,
        n_places_in_window,
        n_places_ever
    from {{ ref('int_funnel_events') }}
    where unit = 'person'

),

-- A chain that began before a whole session is not that session's.
of_sessions as (

    select
        funnel,
        'session' as unit,
        session_key as path_id,
        position,
        occurred_at,
        case
            when chain_began_at >= coalesce(whole_session_began_at, chain_began_at)
                then chain_began_at
        end as chain_began_at,
        case
            when run_began_at >= coalesce(whole_session_began_at, run_began_at)
                then run_began_at
        end as run_began_at,
        case
            when unit = 'session' then n_places_in_window
            else n_session_places_in_window
        end as n_places_in_window,
        case
            when unit = 'session' then n_places_ever
            else n_session_places_ever
        end as n_places_ever
    from {{ ref('int_funnel_events') }}
    where unit = 'session' or whole_session_began_at is not null

),

paths as (
    {%- for unit in ['person', 'session'] %}

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
    from of_{{ unit }}s
    group by path_id, funnel, unit
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

select * from paths
