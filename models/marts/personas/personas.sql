{# The personas of the champion: how many write so, and whether more do now. #}
with

champion_personas as (

    select * from {{ ref('int_champion_personas') }}

),

persona_conversations as (

    select * from {{ ref('int_persona_conversations') }}

),

trends as (

    select * from {{ ref('int_persona_trends') }}

),

counted as (

    select
        persona_id,
        count(*) as n_conversations,
        count(distinct customer_id) as n_customers,
        cast(sum(n_messages) as {{ dbt.type_bigint() }}) as n_messages,
        {{ share('count(*)', 'sum(count(*)) over ()') }} as conversation_share,
        {{ share('count(case when is_core then 1 end)', 'count(is_core)') }}
            as core_share,
        {{ exact_sum('similarity', 12) }} / count(*) as mean_similarity,
        {{ local_time('min(first_at)', "'" ~ var('default_time_zone') ~ "'") }}
            as first_local,
        {{ local_time('max(last_at)', "'" ~ var('default_time_zone') ~ "'") }}
            as last_local
    from persona_conversations
    group by persona_id

),

described as (

    select
        champion_personas.persona_key,
        champion_personas.persona_id,
        champion_personas.persona_name,
        champion_personas.description,
        counted.conversation_share,
        counted.core_share,
        counted.mean_similarity,
        cast(counted.first_local as date) as first_on,
        cast(counted.last_local as date) as last_on,
        trends.recent_share,
        trends.earlier_share,
        trends.growth_z,
        champion_personas.run_id,
        coalesce(counted.n_conversations, 0) as n_conversations,
        coalesce(counted.n_customers, 0) as n_customers,
        coalesce(counted.n_messages, 0) as n_messages,
        coalesce(trends.is_emerging, false) as is_emerging
    from champion_personas
    left join counted
        on champion_personas.persona_id = counted.persona_id
    left join trends
        on champion_personas.persona_id = trends.persona_id

)

select * from described
