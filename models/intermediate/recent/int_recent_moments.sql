{{ config(tags=['pulse']) }}
{#
    What the fast rules of cohorts count, in the last days: as int_cohort_moments, by the
    identifiers of the last build.
#}
with

events as (

    select * from {{ ref('int_recent_events') }}

),

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

shared as (

    select distinct
        identifier_key,
        coalesce(was_one_persons, false) as was_one_persons
    from {{ ref('int_shared_identifiers') }}

),

identifier_rules as (

    select * from {{ ref('identifier_rules') }}

),

{{ customer_of_event_ctes('events') }},

numbered as (

    select
        events.event_key,
        events.event_type,
        events.occurred_at,
        events.is_advanced_feature,
        events.known_until_at,
        decided.customer_id,
        row_number() over (
            partition by events.session_key
            order by events.occurred_at, events.event_key
        ) = 1 as is_first_of_session
    from events
    inner join decided
        on events.event_key = decided.event_key

),

{%- set conditions = {
    'sessions': 'is_first_of_session',
    'feature_interactions': "event_type = 'feature_use'",
    'advanced_feature_events': 'is_advanced_feature',
} %}

counted as (

    {%- for fact in recent_facts() %}
    select
        customer_id,
        '{{ fact }}' as fact,
        occurred_at,
        known_until_at
    from numbered
    where {{ conditions[fact] }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

moments as (

    select
        customer_id,
        fact,
        occurred_at,
        known_until_at,
        cast(count(*) as {{ dbt.type_int() }}) as n_moments
    from counted
    where customer_id is not null
    group by customer_id, fact, occurred_at, known_until_at

)

select * from moments
