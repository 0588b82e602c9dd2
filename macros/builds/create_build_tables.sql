{#
    The tables that say which state the warehouse is in: which builds there were, which
    one is running, and what each table was built from. Hooks write them, so no model
    does. The first build creates them; no build drops or empties them.
#}
{% macro create_build_tables() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('operations')) %}
    {% set text, instant = dbt.type_string(), type_instant() %}
    {% set statements = [
        one_after_the_other(turn_name('start')),
        'create schema if not exists ' ~ schema,

        'create table if not exists ' ~ schema ~ '.builds (
            build_id ' ~ text ~ ' primary key,
            selection ' ~ text ~ ' not null,
            n_marts integer not null,
            owner ' ~ text ~ ' not null,
            begun_at ' ~ instant ~ ' not null,
            finished_at ' ~ instant ~ ',
            as_of_week_start date,
            outcome ' ~ text ~ " check (outcome in ('succeeded', 'failed'))
        )",

        'create table if not exists ' ~ schema ~ '.build_lock (
            slot integer primary key check (slot = 1),
            build_id ' ~ text ~ ' not null,
            owner ' ~ text ~ ' not null,
            session_user_name ' ~ text ~ ' not null,
            session_application ' ~ text ~ ' not null,
            begun_at ' ~ instant ~ ' not null,
            last_seen_at ' ~ instant ~ ' not null
        )',

        'create table if not exists ' ~ schema ~ '.table_states (
            table_name ' ~ text ~ ' primary key,
            is_mart boolean not null,
            build_id ' ~ text ~ ' not null,
            built_at ' ~ instant ~ ' not null,
            first_as_of_week_start date,
            last_as_of_week_start date,
            first_run_id ' ~ text ~ ',
            last_run_id ' ~ text ~ '
        )',
    ] %}

    {% do run_and_commit(statements) %}
    {{ return('') }}

{% endmacro %}
