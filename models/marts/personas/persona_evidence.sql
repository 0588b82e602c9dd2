{#
    The five conversations of each persona that are nearest to its centroid, of those in its
    dense group, and of five customers.

    The texts are in the table only if the var `explorer_shows_messages` is set.
#}
with

personas as (

    select * from {{ ref('int_champion_personas') }}

),

persona_conversations as (

    select * from {{ ref('int_persona_conversations') }}
    where is_core

),

nearest as (

    select
        *,
        row_number() over (
            partition by persona_id, customer_id
            order by similarity desc, conversation_key asc
        ) as place
    from persona_conversations

),

ranked as (

    select
        *,
        row_number() over (
            partition by persona_id
            order by similarity desc, conversation_key asc
        ) as evidence_rank
    from nearest
    where place = 1

),

messages as (

    select * from {{ ref('int_messages') }}

),

message_snapshot as (

    select * from {{ ref('int_message_snapshot') }}
    where broken_rule is null

),

-- Nothing is read unless a var says so.
bodies as (

    select
        ranked.conversation_key,
        {{ dbt.listagg(
            'message_snapshot.body', "' '", 'order by messages.message_number'
        ) }} as body
    from ranked
    inner join messages
        on ranked.conversation_key = messages.conversation_key
    inner join message_snapshot
        on messages.message_id = message_snapshot.message_id
    where
        ranked.evidence_rank <= 5
        and {{ 'true' if var('explorer_shows_messages') else 'false' }}
    group by ranked.conversation_key

),

quoted as (

    select
        personas.persona_key,
        cast(ranked.evidence_rank as {{ dbt.type_int() }}) as evidence_rank,
        ranked.conversation_key,
        ranked.conversation_id,
        ranked.customer_id,
        ranked.similarity,
        ranked.first_at,
        ranked.n_messages,
        left(bodies.body, 400) as body
    from personas
    inner join ranked
        on personas.persona_id = ranked.persona_id
    left join bodies
        on ranked.conversation_key = bodies.conversation_key
    where ranked.evidence_rank <= 5

)

select * from quoted
