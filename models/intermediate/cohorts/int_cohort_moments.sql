{#
    The moments that rules of cohorts count, in hindsight. Only facts that a rule is about
    have rows, so that a log pays for no others. Empty for a log of rides only.
#}
with

events as (

    select * from {{ ref('int_events') }}

),

sessions as (

    select * from {{ ref('int_sessions') }}

),

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

event_snapshot as (

    select * from {{ ref('int_event_snapshot') }}

),

rules as (

    select distinct fact from {{ ref('cohort_rules') }}

),

{%- set conditions = {
    'feature_interactions': "events.event_type = 'feature_use'",
    'advanced_feature_events': 'events.is_advanced_feature',
    'purchases': is_purchase('events'),
} %}

counted as (

    select
        'sessions' as fact,
        first_event_key as event_key,
        started_at as occurred_at
    from sessions
    {%- for fact, condition in conditions.items() %}
    union all
    select
        '{{ fact }}' as fact,
        event_key,
        occurred_at
    from events
    where {{ condition }}
    {%- endfor %}

),

moments as (

    select
        customer_events.customer_id,
        counted.fact,
        counted.occurred_at,
        cast(count(*) as {{ dbt.type_int() }}) as n_moments
    from counted
    inner join rules
        on counted.fact = rules.fact
    inner join customer_events
        on counted.event_key = customer_events.event_key
    where
        customer_events.customer_id is not null
        and exists (select 1 from event_snapshot)
    group by customer_events.customer_id, counted.fact, counted.occurred_at

)

select * from moments
