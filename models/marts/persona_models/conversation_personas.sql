{# The persona of each conversation that has one. #}
with

personas as (

    select * from {{ ref('int_champion_personas') }}

),

persona_conversations as (

    select * from {{ ref('int_persona_conversations') }}

),

keyed as (

    select
        persona_conversations.conversation_key,
        persona_conversations.conversation_id,
        persona_conversations.customer_id,
        personas.persona_key,
        persona_conversations.is_core,
        persona_conversations.similarity,
        persona_conversations.first_at,
        persona_conversations.n_messages
    from persona_conversations
    inner join personas
        on persona_conversations.persona_id = personas.persona_id

)

select * from keyed
