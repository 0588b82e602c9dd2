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

ordered as (

    select
        funnel,
        unit,
        path_id,
        'ordered' as counting,
        max(
            case when occurred_at <= {{ chain_end }} then position else 0 end
        ) as reached_in_window,
        max(case when chain_began_at is not null then position else 0 end)
            as reached_ever,
        max(n_places_in_window) as any_in_window,
        max(n_places_ever) as any_ever
    from funnel_events
    group by funnel, unit, path_id

),

-- Along events without anything between them, place and number rise together.
numbered as (

    select
        *,
        row_number() over run_order as place_in_run,
        first_value(occurred_at) over run_order as run_began_at
    from funnel_events
    window
        run_order as (
            partition by funnel, unit, path_id, number - position
            order by position
        )

),

strict as (

    select
        funnel,
        unit,
        path_id,
        'strict' as counting,
        max(
            case when occurred_at <= {{ run_end }} then position else 0 end
        ) as reached_in_window,
        max(position) as reached_ever
    from numbered
    where place_in_run = position
    group by funnel, unit, path_id

),

combined as (

    select
        funnel,
        unit,
        path_id,
        counting,
        reached_in_window,
        reached_ever
    from ordered
    union all
    select
        funnel,
        unit,
        path_id,
        counting,
        reached_in_window,
        reached_ever
    from strict
    union all
    select
        funnel,
        unit,
        path_id,
        'any' as counting,
        any_in_window as reached_in_window,
        any_ever as reached_ever
    from ordered

)

select * from combined
