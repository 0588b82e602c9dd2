{#
    Events that were set aside, and events kept with a replaced value: one row per event
    and rule. Events in = events kept + events set aside.
#}
with

event_snapshot as (

    select * from {{ ref('int_event_snapshot') }}

),

event_copies as (

    select * from {{ ref('int_event_copies') }}

),

events as (

    select * from {{ ref('int_events') }}

),

{%- set columns = [
    'event_key', 'source', 'raw_event_type', 'event_id', 'occurred_at',
    'loaded_at',
] + person_identifiers() %}

set_aside as (

    select
        {{ columns | join(',\n        ') }},
        broken_rule,
        'set aside' as outcome
    from event_snapshot
    where broken_rule is not null
    union all
    select
        {{ columns | join(',\n        ') }},
        broken_rule,
        'set aside' as outcome
    from event_copies
    where broken_rule is not null

),

{#- A rule of a replaced value: the flag of its events, and what was done. #}
{%- set replacements = {
    'unknown_event_type': ['not is_known_event_type', 'kept, as other'],
    'unknown_time_zone': [
        'is_time_zone_replaced', 'kept, read in the default time zone'
    ],
    'unknown_exchange_rate': ['is_value_unconverted', 'kept, without a value'],
} %}
{%- for name in possible_event_values() %}
{%- do replacements.update({'impossible_' ~ name: [
    "' ' || impossible_values || ' ' like '% " ~ name ~ " %'",
    'kept, without the value',
]}) %}
{%- endfor %}

-- Few events, found in one scan: each rule looks at these only.
flagged as {{ computed_once() }} (

    select * from events
    where
        not is_known_event_type
        or is_time_zone_replaced
        or is_value_unconverted
        or impossible_values is not null

),

replaced as (

    {% for rule, (flag, outcome) in replacements.items() -%}
    select
        {{ columns | join(',\n        ') }},
        '{{ rule }}' as broken_rule,
        '{{ outcome }}' as outcome
    from flagged
    where {{ flag }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

combined as (

    select * from set_aside
    union all
    select * from replaced

)

select * from combined
