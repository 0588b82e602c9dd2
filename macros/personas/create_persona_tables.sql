{#
    The tables that `make personas` writes. `filtered_conversations` says which conversations
    are kept, and which filter sets each of the others aside; each run replaces its rows. The
    others have rows of each fit, whose run is in the schema `register`, and are deleted with
    it. No text of a message is in them but terms that at least five people used. No build
    drops, empties or alters these tables. The first build creates them.
#}
{% macro create_persona_tables() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('personas')) %}
    {% set register = adapter.quote(prefixed_schema('register')) %}
    {% set text, number = dbt.type_string(), type_double() %}
    {% set of_run = 'run_id ' ~ text ~ ' not null references ' ~ register
        ~ '.runs (run_id) on delete cascade' %}
    {% do run_and_commit([
        'create schema if not exists ' ~ schema,
        'create table if not exists ' ~ schema ~ '.filtered_conversations (
            conversation_key ' ~ text ~ ' primary key,
            filter_name ' ~ text ~ ',
            filtered_at ' ~ type_instant() ~ ' not null
        )',
        'create table if not exists ' ~ schema ~ '.fits (
            ' ~ of_run ~ ',
            embedder ' ~ text ~ ' not null,
            reduction ' ~ text ~ ' not null,
            text_share ' ~ number ~ ' not null,
            n_conversations bigint not null,
            n_customers bigint not null,
            n_personas integer not null,
            core_share ' ~ number ~ ' not null,
            cohesion_of_all ' ~ number ~ ',
            cohesion_of_core ' ~ number ~ ',
            base_cohesion ' ~ number ~ ',
            coherence ' ~ number ~ ',
            stability ' ~ number ~ ',
            outcome ' ~ text ~ ',
            n_held_out bigint not null,
            gain ' ~ number ~ ',
            gain_lower ' ~ number ~ ',
            gain_upper ' ~ number ~ ',
            what_is_lost ' ~ text ~ ',
            sentence ' ~ text ~ ' not null,
            primary key (run_id)
        )',
        'create table if not exists ' ~ schema ~ '.fusions (
            ' ~ of_run ~ ',
            text_share ' ~ number ~ ' not null,
            is_chosen boolean not null,
            n_personas integer not null,
            core_share ' ~ number ~ ' not null,
            smallest_share ' ~ number ~ ' not null,
            cohesion_of_all ' ~ number ~ ',
            cohesion_of_core ' ~ number ~ ',
            base_cohesion ' ~ number ~ ',
            coherence ' ~ number ~ ',
            stability ' ~ number ~ ',
            n_held_out bigint not null,
            log_score ' ~ number ~ ',
            gain ' ~ number ~ ',
            gain_lower ' ~ number ~ ',
            gain_upper ' ~ number ~ ',
            why_not ' ~ text ~ ',
            primary key (run_id, text_share)
        )',
        'create table if not exists ' ~ schema ~ '.members (
            ' ~ of_run ~ ',
            conversation_key ' ~ text ~ ' not null,
            customer_id ' ~ text ~ ' not null,
            persona_id integer not null check (persona_id > 0),
            is_core boolean,
            similarity ' ~ number ~ ' not null,
            primary key (run_id, conversation_key)
        )',
        'create table if not exists ' ~ schema ~ '.terms (
            ' ~ of_run ~ ',
            persona_id integer not null check (persona_id > 0),
            term ' ~ text ~ ' not null,
            term_rank integer not null,
            n_customers bigint not null check (n_customers >= 5),
            log_odds ' ~ number ~ ' not null,
            z ' ~ number ~ ' not null,
            primary key (run_id, persona_id, term)
        )',
        'create table if not exists ' ~ schema ~ '.state_terms (
            ' ~ of_run ~ ',
            state_key ' ~ text ~ ' not null,
            term ' ~ text ~ ' not null,
            term_rank integer not null,
            n_customers bigint not null check (n_customers >= 5),
            log_odds ' ~ number ~ ' not null,
            z ' ~ number ~ ' not null,
            primary key (run_id, state_key, term)
        )',
    ]) %}
    {{ return('') }}

{% endmacro %}
