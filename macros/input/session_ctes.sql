{#
    CTEs that put events into sessions: `sessionised` has their columns and session_key.

    kept: the CTE with the events that count, with source, person, session_id, occurred_at
    and event_key.
#}
{% macro session_ctes(kept) -%}
paused as (

    select
        *,
        {{ days_between(
            'lag(occurred_at) over person_events', 'occurred_at'
        ) }} * 1440 as pause_minutes
    from {{ kept }}
    window
        person_events as (
            partition by source, person, session_id is null
            order by occurred_at, event_key
        )

),

-- The newest beginning so far: of the first event, and of each one after a pause.
begun as (

    select
        *,
        max(
            case
                when pause_minutes <= {{ var('session_idle_minutes') }} then null
                else occurred_at
            end
        ) over (
            partition by source, person, session_id is null
            order by occurred_at, event_key
            rows between unbounded preceding and current row
        ) as session_began_at
    from paused

),

sessionised as (

    select
        *,
        case
            when session_id is not null
                then {{ row_fingerprint(
                    ["'id'", 'source', 'person', 'session_id']
                ) }}
            else {{ row_fingerprint([
                "'pause'", 'source', 'person', epoch_seconds('session_began_at')
            ]) }}
        end as session_key
    from begun

)
{%- endmacro %}
