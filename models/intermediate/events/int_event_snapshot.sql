{#
    The screened events at one moment, each with its key. All other models read this
    table, so that they see the same events. Copies of an event have the same key: source
    and event_id; without an event_id source, identifiers, time and type.
#}
with

screened_events as (

    select * from {{ ref('int_screened_events') }}

),

keyed as (

    select
        {{ event_columns() | join(',\n        ') }},
        broken_rule,
        {{ event_key() }} as event_key
    from screened_events

)

select * from keyed
