{#
    The table that a tool writes to which assigns customers to the variants of experiments.
    The first build creates it; no build drops, empties or alters it.
#}
{% macro create_assignment_log() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('activation')) %}
    {% set text = dbt.type_string() %}
    {% do run_and_commit([
        'create schema if not exists ' ~ schema,
        'create table if not exists ' ~ schema ~ '.assignments (
            assignment_id ' ~ text ~ ' primary key,
            experiment ' ~ text ~ ' not null,
            customer_id ' ~ text ~ ',
            user_id ' ~ text ~ ',
            variant ' ~ text ~ ' not null,
            assigned_at ' ~ type_instant() ~ ' not null,
            check (customer_id is not null or user_id is not null)
        )',
    ]) %}
    {{ return('') }}

{% endmacro %}
