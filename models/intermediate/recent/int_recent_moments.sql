{{ config(tags=['pulse']) }}
{#
    What the fast rules of cohorts count, in the last days: as int_cohort_moments, by the
    identifiers of the last build.
#}
with

events as (

    select * from {{ ref('int_recent_events') }}

),

{{ customer_of_event_ctes(
    'events', ['event_type', 'is_advanced_feature', 'known_until_at', 'session_key']
) }},

numbered as (

    select
        event_type,
        occurred_at,
        is_advanced_feature,
        known_until_at,
        customer_id,
        row_number() over (
            partition by session_key
            order by occurred_at, event_key
        ) = 1 as is_first_of_session
    from decided

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
