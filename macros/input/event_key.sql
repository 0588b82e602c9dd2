{#
    The key of a screened event, null if it is set aside. Copies of an event have the same
    key: source and event_id; without an event_id source, identifiers, time and type.
#}
{% macro event_key() -%}
    case
            when broken_rule is not null then null
            when event_id is not null
                then {{ row_fingerprint(["'id'", 'source', 'event_id']) }}
            else {{ row_fingerprint(
                ["'event'", 'source'] + person_identifiers()
                + [epoch_seconds('occurred_at'), 'raw_event_type']
            ) }}
        end
{%- endmacro %}
