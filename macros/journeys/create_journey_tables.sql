{#
    The tables that fits of journeys write: types of sessions, the type of each session, and
    phases with the score of every model of the next step. Their run is in the schema
    `register`, and they are deleted with it. No build drops, empties or alters these
    tables. The first build creates them.
#}
{% macro create_journey_tables() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('journeys')) %}
    {% set register = adapter.quote(prefixed_schema('register')) %}
    {% set text, number = dbt.type_string(), type_double() %}
    {% set of_run = 'run_id ' ~ text ~ ' not null references ' ~ register
        ~ '.runs (run_id) on delete cascade' %}
    {% do run_and_commit([
        'create schema if not exists ' ~ schema,
        'create table if not exists ' ~ schema ~ '.fits (
            ' ~ of_run ~ ',
            n_sessions bigint not null,
            n_held_out bigint not null,
            n_types integer not null,
            n_phases integer not null,
            sentence ' ~ text ~ ' not null,
            primary key (run_id)
        )',
        'create table if not exists ' ~ schema ~ '.type_candidates (
            ' ~ of_run ~ ',
            n_types integer not null,
            silhouette ' ~ number ~ ' not null,
            stability ' ~ number ~ ' not null,
            smallest_share ' ~ number ~ ' not null,
            is_chosen boolean not null,
            why_not ' ~ text ~ ',
            primary key (run_id, n_types)
        )',
        'create table if not exists ' ~ schema ~ '.types (
            ' ~ of_run ~ ',
            type_id integer not null,
            type_name ' ~ text ~ ' not null,
            medoid_path ' ~ text ~ ' not null,
            n_sessions bigint not null,
            session_share ' ~ number ~ ' not null,
            primary key (run_id, type_id)
        )',
        'create table if not exists ' ~ schema ~ '.members (
            ' ~ of_run ~ ',
            session_key ' ~ text ~ ' not null,
            type_id integer not null,
            primary key (run_id, session_key)
        )',
        'create table if not exists ' ~ schema ~ '.next_step_models (
            ' ~ of_run ~ ',
            model ' ~ text ~ ' not null,
            n_phases integer,
            n_parameters bigint not null,
            n_steps bigint not null,
            log_loss ' ~ number ~ ' not null,
            behind_chain ' ~ number ~ ',
            behind_chain_error ' ~ number ~ ',
            is_shown boolean not null,
            primary key (run_id, model)
        )',
        'create table if not exists ' ~ schema ~ '.phases (
            ' ~ of_run ~ ',
            phase_id integer not null,
            phase_name ' ~ text ~ ' not null,
            step_share ' ~ number ~ ' not null,
            start_share ' ~ number ~ ' not null,
            exit_share ' ~ number ~ ' not null,
            primary key (run_id, phase_id)
        )',
        'create table if not exists ' ~ schema ~ '.phase_steps (
            ' ~ of_run ~ ',
            phase_id integer not null,
            step ' ~ text ~ ' not null,
            share ' ~ number ~ ' not null,
            lift ' ~ number ~ ' not null,
            primary key (run_id, phase_id, step)
        )',
        'create table if not exists ' ~ schema ~ '.phase_moves (
            ' ~ of_run ~ ',
            from_phase_id integer not null,
            to_phase_id integer not null,
            probability ' ~ number ~ ' not null,
            primary key (run_id, from_phase_id, to_phase_id)
        )',
    ]) %}
    {{ return('') }}

{% endmacro %}
