{#
    The customers that have an id. An id is given once and never again: no build drops,
    empties or alters this table, --full-refresh included. The first build creates it.
#}
{% macro create_identity_tables() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('identity')) %}
    {% set text = dbt.type_string() %}
    {% do run_and_commit([
        'create schema if not exists ' ~ schema,
        'create table if not exists ' ~ schema ~ '.customers (
            customer_id ' ~ text ~ ' primary key,
            customer_number bigint not null unique,
            identifier_key ' ~ text ~ ',
            minted_at ' ~ type_instant() ~ ' not null
        )',
    ]) %}
    {{ return('') }}

{% endmacro %}
