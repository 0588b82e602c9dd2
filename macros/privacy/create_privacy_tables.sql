{#
    The tables that `make forget` writes: whom builds must not bring back, as salted
    hashes, and what was removed when. The first build creates them; no build drops,
    empties or alters them.
#}
{% macro create_privacy_tables() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('privacy')) %}
    {% set text, instant = dbt.type_string(), type_instant() %}
    {% set statements = [
        'create schema if not exists ' ~ schema,

        'create table if not exists ' ~ schema ~ '.forgotten_users (
            user_hash ' ~ text ~ ' primary key,
            salt ' ~ text ~ ' not null
        )',

        'create table if not exists ' ~ schema ~ '.forget_records (
            record_id ' ~ text ~ ' primary key,
            forgotten_at ' ~ instant ~ ' not null,
            has_deleted_rides boolean not null,
            n_rows bigint not null,
            n_files integer not null,
            rows_by_table ' ~ text ~ ' not null
        )',
    ] %}

    {% do run_and_commit(statements) %}
    {{ return('') }}

{% endmacro %}
