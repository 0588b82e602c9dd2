{#
    How far each person and each session came in each funnel, by three ways of counting.

    events            1 other 2 2 1 3      (places in the funnel)
    ordered           3                    other events may come between
    strict            1                    nothing may come between
    any               3                    the order does not matter

    A whole session is not longer than the window, so that the window does not matter in it.
#}
{%- set window_seconds = var('journey_window_hours') * 3600 -%}
{%- set chain_end = seconds_after('chain_began_at', window_seconds) -%}
{%- set run_end = seconds_after('run_began_at', window_seconds) -%}
with

followed as (

    select
        funnel,
        unit,
        path_id,
        max(case when occurred_at <= {{ chain_end }} then position else 0 end)
            as ordered_in_window,
        max(case when chain_began_at is not null then position else 0 end)
            as ordered_ever,
        max(case when occurred_at <= {{ run_end }} then position else 0 end)
            as strict_in_window,
        max(case when run_began_at is not null then position else 0 end)
            as strict_ever,
        max(n_places_in_window) as any_in_window,
        max(n_places_ever) as any_ever
    from {{ ref('int_funnel_events') }}
    group by path_id, funnel, unit

),

{# A CTE that both read would be stored. -#}
of_sessions as (

    select
        funnel,
        session_key,
        max(case when chain_began_at >= session_began_at then position else 0 end)
            as ordered_reached,
        max(case when run_began_at >= session_began_at then position else 0 end)
            as strict_reached,
        max(n_session_places) as any_reached
    from {{ ref('int_funnel_events') }}
    where unit = 'person' and session_key is not null
    group by session_key, funnel

),

split_sessions as (

    select distinct session_key
    from {{ ref('int_split_steps') }}

),

whole_sessions as (

    select of_sessions.*
    from of_sessions
    left join split_sessions
        on of_sessions.session_key = split_sessions.session_key
    where split_sessions.session_key is null

),

paths as (

    select * from followed
    union all
    select
        funnel,
        'session' as unit,
        session_key as path_id,
        ordered_reached as ordered_in_window,
        ordered_reached as ordered_ever,
        strict_reached as strict_in_window,
        strict_reached as strict_ever,
        any_reached as any_in_window,
        any_reached as any_ever
    from whole_sessions

)

select * from paths
