{#
    The conversations that have a persona, as they are now. One that has gone since the fit
    is left out: because of who wrote it was forgotten, or is another customer now.
#}
with

champion as (

    select * from {{ ref('stg_personas__champion') }}

),

members as (

    select * from {{ ref('stg_personas__members') }}

),

conversations as (

    select * from {{ ref('int_conversations') }}
    where customer_id is not null

),

found as (

    select
        conversations.conversation_key,
        conversations.conversation_id,
        conversations.customer_id,
        members.persona_id,
        members.is_core,
        members.similarity,
        conversations.first_at,
        conversations.last_at,
        conversations.n_messages,
        {{ week_start(local_time(
            'conversations.first_at', "'" ~ var('default_time_zone') ~ "'"
        )) }} as week_start
    from champion
    inner join members
        on champion.run_id = members.run_id
    inner join conversations
        on members.conversation_key = conversations.conversation_key

)

select * from found
