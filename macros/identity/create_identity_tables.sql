{#
    What must outlive every build. `customers`: each id that was given; given once and
    never again. `customer_changes`: what became of customers. `members`: the identifiers of
    each customer at the last build, by which the next one sees what came apart. No build
    drops or empties these tables, --full-refresh included. The first build creates them.
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
            customer_number bigint not null,
            identifier_key ' ~ text ~ ',
            minted_at ' ~ type_instant() ~ ' not null
        )',
        'create table if not exists ' ~ schema ~ '.customer_changes (
            change_number bigint primary key,
            kind ' ~ text ~ ' not null,
            old_customer_id ' ~ text ~ ' not null,
            new_customer_id ' ~ text ~ ',
            merged_at ' ~ type_instant() ~ ',
            found_at ' ~ type_instant() ~ ' not null,
            reason ' ~ text ~ ' not null,
            from_key ' ~ text ~ ',
            to_key ' ~ text ~ '
        )',
        'create table if not exists ' ~ schema ~ '.members (
            identifier_key ' ~ text ~ ' primary key,
            customer_id ' ~ text ~ ' not null
        )',
    ]) %}
    {{ return('') }}

{% endmacro %}
