{#
    Each author's part of each conversation: what personas are made of. Parts of staff, of
    programs and of people who are no known customer are here, too, so that what is set
    aside can be counted.
#}
with

messages as (

    select * from {{ ref('int_messages') }}

),

grouped as (

    select
        conversation_key,
        conversation_id,
        author_role,
        author_key,
        customer_id,
        min(channel) as channel,
        count(*) as n_messages,
        min(sent_at) as first_at,
        max(sent_at) as last_at
    from messages
    group by
        conversation_key, conversation_id, author_role, author_key, customer_id

)

select * from grouped
