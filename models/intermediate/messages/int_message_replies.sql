{#
    What each message answers. It is the message that it names; without one it is the
    message before, if somebody else wrote that. Only named ones make a thread: the depth
    of a message is the number of messages above it.

    message  author  reply_to  answers  depth
    1        Ada               –        0
    2        staff             1        0
    3        Ada     2         2        1
    4        Ada     3         –        2
#}
with recursive

messages as (

    select * from {{ ref('int_messages') }}

),

ordered as (

    select
        *,
        lag(message_id) over conversations as previous_id,
        lag(author_key) over conversations as previous_author_key,
        lag(author_role) over conversations as previous_author_role,
        lag(sent_at) over conversations as previous_sent_at
    from messages
    window
        conversations as (
            partition by conversation_id
            order by message_number asc
        )

),

-- Who names a later message, or one elsewhere, names nothing: no thread is a circle.
linked as (

    select
        ordered.message_id,
        parents.message_id as parent_id,
        ordered.sent_at,
        coalesce(parents.sent_at, ordered.previous_sent_at) as answered_at,
        coalesce(parents.message_id, ordered.previous_id) as candidate_id,
        case
            when parents.message_id is not null
                then
                    parents.author_key <> ordered.author_key
                    or parents.author_role <> ordered.author_role
            when ordered.previous_id is not null
                then
                    ordered.previous_author_key <> ordered.author_key
                    or ordered.previous_author_role <> ordered.author_role
            else false
        end as is_reply
    from ordered
    left join messages as parents
        on
            ordered.conversation_id = parents.conversation_id
            and ordered.reply_to_id = parents.message_id
            and ordered.message_number > parents.message_number

),

threads as (

    select
        message_id,
        0 as reply_depth
    from linked
    where parent_id is null
    union all
    select
        linked.message_id,
        threads.reply_depth + 1 as reply_depth
    from threads
    inner join linked
        on threads.message_id = linked.parent_id

),

answered as (

    select distinct candidate_id as message_id
    from linked
    where is_reply

),

described as (

    select
        linked.message_id,
        case when linked.is_reply then linked.candidate_id end as answered_id,
        linked.is_reply,
        answered.message_id is not null as is_replied_to,
        threads.reply_depth,
        case
            when linked.is_reply
                then {{ days_between('linked.answered_at', 'linked.sent_at') }} * 1440
        end as response_minutes
    from linked
    inner join threads
        on linked.message_id = threads.message_id
    left join answered
        on linked.message_id = answered.message_id

)

select * from described
