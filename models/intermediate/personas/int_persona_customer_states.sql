{#
    In which states each author of a persona was when writing so, and when writing
    anything. Whoever wrote in two states is in both, in parts that add up to 1.
#}
with

persona_conversations as (

    select * from {{ ref('int_persona_conversations') }}

),

conversation_states as (

    select * from {{ ref('int_conversation_states') }}

),

counted as (

    select
        persona_conversations.persona_id,
        persona_conversations.customer_id,
        conversation_states.state_key,
        count(*) as n_conversations
    from persona_conversations
    inner join conversation_states
        on
            persona_conversations.conversation_key
            = conversation_states.conversation_key
    group by
        persona_conversations.persona_id,
        persona_conversations.customer_id,
        conversation_states.state_key

),

authors as (

    select
        persona_id,
        customer_id,
        sum(n_conversations) as n_conversations
    from counted
    group by persona_id, customer_id

),

everyone as (

    select
        customer_id,
        state_key,
        {{ share(
            'sum(n_conversations)',
            'sum(sum(n_conversations)) over (partition by customer_id)'
        ) }} as part_of_all
    from counted
    group by customer_id, state_key

),

compared as (

    select
        authors.persona_id,
        authors.customer_id,
        everyone.state_key,
        everyone.part_of_all,
        coalesce(counted.n_conversations, 0) as n_conversations,
        {{ share(
            'coalesce(counted.n_conversations, 0)', 'authors.n_conversations'
        ) }} as part
    from authors
    inner join everyone
        on authors.customer_id = everyone.customer_id
    left join counted
        on
            authors.persona_id = counted.persona_id
            and authors.customer_id = counted.customer_id
            and everyone.state_key = counted.state_key

)

select * from compared
