{#
    The tables that scripts/send_outbox.py writes, and the moment at which each trigger
    began. The first build creates them; no build drops or empties them.
#}
{% macro create_outbox_tables() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('outbox')) %}
    {% set text, instant = dbt.type_string(), type_instant() %}
    {% do run_and_commit([
        one_after_the_other(turn_name('start')),
        'create schema if not exists ' ~ schema,
        'create table if not exists ' ~ schema ~ '.trigger_beginnings (
            trigger_rule ' ~ text ~ ' primary key,
            trigger ' ~ text ~ ' not null,
            begins_at ' ~ instant ~ '
        )',
        'create table if not exists ' ~ schema ~ '.endpoints (
            endpoint ' ~ text ~ ' primary key,
            first_sent_at ' ~ instant ~ ' not null default ' ~ current_instant() ~ ',
            disabled_at ' ~ instant ~ ',
            disabled_because ' ~ text ~ ',
            paused_until ' ~ instant ~ ',
            n_pauses integer not null default 0
        )',
        'create table if not exists ' ~ schema ~ '.deliveries (
            message_id ' ~ text ~ ' not null,
            endpoint ' ~ text ~ ' not null references ' ~ schema ~ '.endpoints (endpoint),
            message_number bigint not null,
            customer_id ' ~ text ~ ',
            user_id ' ~ text ~ ',
            status ' ~ text ~ " not null default 'waiting' check (
                status in ('waiting', 'delivered', 'dead', 'no_address', 'withdrawn')
            ),
            n_attempts integer not null default 0,
            due_at " ~ instant ~ ' not null default ' ~ current_instant() ~ ',
            first_attempt_at ' ~ instant ~ ',
            last_attempt_at ' ~ instant ~ ',
            last_status_code integer,
            last_error ' ~ text ~ ',
            delivered_at ' ~ instant ~ ",
            primary key (message_id, endpoint),
            check ((customer_id is null) <> (user_id is null)),
            check ((status = 'delivered') = (delivered_at is not null))
        )",
        'create index if not exists deliveries_waiting on ' ~ schema
            ~ ".deliveries (endpoint, message_number) where status = 'waiting'",
        'create index if not exists deliveries_of_person on ' ~ schema
            ~ ".deliveries (endpoint, coalesce(customer_id, user_id), message_number)
            where status = 'waiting'",
    ]) %}
    {{ return('') }}

{% endmacro %}
