{#
    The table that marketing's tool and the sender of the outbox write to: who was reached,
    when and how. The first build creates it; no build drops or empties it. Tables of
    earlier versions get the column customer_id: a message may be to a customer without a
    user.
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
            user_id ' ~ text ~ ',
            exposed_at ' ~ type_instant() ~ ' not null,
            channel ' ~ text ~ ',
            action ' ~ text ~ ',
            detail ' ~ text ~ ',
            customer_id ' ~ text ~ '
        )',
    ] %}
    {% set present = adapter.get_relation(target.database, prefixed_schema('activation'), 'exposures') %}
    {% if present is not none %}
        {% set columns = adapter.get_columns_in_relation(present) | map(attribute='name') | list %}
        {% if 'customer_id' not in columns %}
            {% do statements.extend([
                'alter table ' ~ log ~ ' add column customer_id ' ~ text,
                'alter table ' ~ log ~ ' alter column user_id drop not null',
            ]) %}
        {% endif %}
    {% endif %}

    {% do run_and_commit(statements) %}
    {{ return('') }}

{% endmacro %}
