{#
    The moments that rules of cohorts count, in hindsight. Only facts that a rule is about
    have rows, so that a log pays for no others. Empty for a log of rides only.
#}
with

sessions as (

    select * from {{ ref('int_sessions') }}

),

customer_events as {{ read_each_time() }} (

    select * from {{ ref('int_customer_events') }}

),

event_snapshot as (

    select * from {{ ref('int_event_snapshot') }}

),

rules as (

    select distinct fact from {{ ref('cohort_rules') }}

),

{%- set conditions = {
    'feature_interactions': "event_type = 'feature_use'",
    'advanced_feature_events': 'is_advanced_feature',
    'purchases': is_purchase(),
} %}

counted as (

    select
        'sessions' as fact,
        customer_events.customer_id,
        sessions.started_at as occurred_at
    from sessions
    inner join customer_events
        on sessions.first_event_key = customer_events.event_key
    {%- for fact, condition in conditions.items() %}
    union all
    select
        '{{ fact }}' as fact,
        customer_id,
        occurred_at
    from customer_events
    where {{ condition }}
    {%- endfor %}

),

moments as (

    select
        counted.customer_id,
        counted.fact,
        counted.occurred_at,
        cast(count(*) as {{ dbt.type_int() }}) as n_moments
    from counted
    inner join rules
        on counted.fact = rules.fact
    where
        counted.customer_id is not null
        and exists (select 1 from event_snapshot)
    group by counted.customer_id, counted.fact, counted.occurred_at

)

select * from moments
