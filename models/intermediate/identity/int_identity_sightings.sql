{#
    Which identifiers were seen together. The many events with the same identifiers are one
    row, so that the steps after this one read few rows.

    A CRM record or a link without a time counts from the newest week on: it may not have
    existed before. A link of two identifiers of one type, such as two accounts, has the
    second one in `twin`.

    Over 170 lines, because events, rides, CRM records and links each have other columns.
#}
{%- set types = person_identifiers() -%}
{%- set record_texts = dict() -%}
{%- for type in types if type != 'anonymous_id' %}
{%- do record_texts.update({type: 'crm_records.' ~ type}) %}
{%- endfor -%}

with

session_events as (

    select * from {{ ref('int_events') }}

),

rides as (

    select * from {{ ref('int_rides') }}

),

crm_records as (

    select * from {{ ref('stg_app__customers') }}

),

identities as (

    select * from {{ ref('stg_app__identities') }}

),

forgotten_users as (

    select * from {{ ref('stg_privacy__forgotten_users') }}

),

events as {{ read_each_time() }} (

    select
        {{ types | join(',\n        ') }},
        source,
        occurred_at,
        week_start
    from session_events
    union all
    select
        {%- for type in types %}
        {{ 'user_id' if type == 'user_id'
            else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as {{ type }},
        {%- endfor %}
        'product' as source,
        requested_at as occurred_at,
        week_start
    from rides

),

newest as (

    select max(occurred_at) as occurred_at from events

),

from_events as (

    select
        {{ types | join(',\n        ') }},
        cast(null as {{ dbt.type_string() }}) as twin,
        source,
        1 as probability,
        min(occurred_at) as first_seen_at,
        min(week_start) as first_week_start,
        max(occurred_at) as last_seen_at,
        count(*) as n_seen
    from events
    group by {{ types | join(', ') }}, source

),

from_records as (

    select
        {% for type in types %}
        {{ 'cast(null as ' ~ dbt.type_string() ~ ')' if type == 'anonymous_id'
            else 'crm_records.' ~ type }} as {{ type }},
        {% endfor %}
        cast(null as {{ dbt.type_string() }}) as twin,
        'crm' as source,
        coalesce(
            crm_records.created_at,
            newest.occurred_at,
            {{ dbt.current_timestamp() }}
        ) as first_seen_at,
        1 as probability
    from crm_records
    cross join newest
    where not {{ is_of_forgotten_person(record_texts) }}

),

from_identities as (

    select
        {% for type in types %}
        case
            when identities.identifier_type = '{{ type }}'
                then identities.identifier
            when identities.other_type = '{{ type }}'
                then identities.other_identifier
        end as {{ type }},
        {% endfor %}
        case
            when identities.identifier_type = identities.other_type
                then identities.other_identifier
        end as twin,
        coalesce(identities.source, 'identities') as source,
        coalesce(
            identities.linked_at,
            newest.occurred_at,
            {{ dbt.current_timestamp() }}
        ) as first_seen_at,
        identities.probability
    from identities
    cross join newest
    where
        identities.refused_because is null
        and not {{ is_forgotten_identifier(
            'identities.identifier_type', 'identities.identifier'
        ) }}
        and not {{ is_forgotten_identifier(
            'identities.other_type', 'identities.other_identifier'
        ) }}

),

combined as (

    select
        {{ types | join(',\n        ') }},
        twin,
        source,
        first_seen_at,
        first_week_start,
        last_seen_at,
        n_seen,
        probability
    from from_events
    {% for part in ('from_records', 'from_identities') %}
    union all
    select
        {{ types | join(',\n        ') }},
        twin,
        source,
        first_seen_at,
        {{ week_start('first_seen_at') }} as first_week_start,
        first_seen_at as last_seen_at,
        1 as n_seen,
        probability
    from {{ part }}
    {% endfor %}
)

select * from combined
