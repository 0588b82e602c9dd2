{#
    Messages in are kept or set aside, and each part of a conversation has one filter.
#}
with

staged_messages as (

    select count(*) as n_in from {{ ref('stg_app__messages') }}

),

message_outcomes as (

    select coalesce(sum(n_messages), 0) as n_out from {{ ref('message_outcomes') }}

),

kept_messages as (

    select
        count(*) as n_kept,
        count(distinct conversation_key) as n_conversations
    from {{ ref('int_messages') }}

),

conversation_filters as (

    select
        coalesce(sum(n_messages), 0) as n_messages,
        coalesce(sum(n_conversations), 0) as n_conversations
    from {{ ref('conversation_filters') }}

)

select
    staged_messages.n_in,
    message_outcomes.n_out,
    kept_messages.n_kept,
    conversation_filters.n_messages,
    conversation_filters.n_conversations
from staged_messages
cross join message_outcomes
cross join kept_messages
cross join conversation_filters
where
    staged_messages.n_in <> message_outcomes.n_out
    or kept_messages.n_kept <> conversation_filters.n_messages
    or kept_messages.n_conversations <> conversation_filters.n_conversations
