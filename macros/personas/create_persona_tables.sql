{#
    The table that `make personas` writes: which conversations are kept, and which filter
    sets each of the others aside. Each run replaces its rows. No build drops, empties or
    alters it. The first build creates it.
#}
{% macro create_persona_tables() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('personas')) %}
    {% set text = dbt.type_string() %}
    {% do run_and_commit([
        'create schema if not exists ' ~ schema,
        'create table if not exists ' ~ schema ~ '.filtered_conversations (
            conversation_key ' ~ text ~ ' primary key,
            filter_name ' ~ text ~ ',
            filtered_at ' ~ type_instant() ~ ' not null
        )',
    ]) %}
    {{ return('') }}

{% endmacro %}
