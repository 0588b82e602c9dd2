{#
    The table that marketing's tool writes to: who was reached, when and how. The first
    build creates it; no build drops, empties or alters it.
#}
{% macro create_exposure_log() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('activation')) %}
    {% set log = schema ~ '.exposures' %}
    {% set text = dbt.type_string() %}
    {% set statements = [
        'create schema if not exists ' ~ schema,
        'create table if not exists ' ~ log ~ ' (
            exposure_id ' ~ text ~ ' primary key,
            audience ' ~ text ~ ' not null,
            user_id ' ~ text ~ ' not null,
            exposed_at ' ~ type_instant() ~ ' not null,
            channel ' ~ text ~ ',
            action ' ~ text ~ ',
            detail ' ~ text ~ '
        )',
    ] %}

    {% do run_and_commit(statements) %}
    {{ return('') }}

{% endmacro %}
