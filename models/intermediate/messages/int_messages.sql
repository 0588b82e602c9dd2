{#
    The messages that count, each with its author and its conversation. A customer who
    writes by several identifiers is one author. Staff and programs are authors of their
    own, also where they are customers too.
#}
{%- set people = person_identifiers() -%}

with

message_snapshot as (

    select * from {{ ref('int_message_snapshot') }}

),

kept as (

    select
        *,
        -- As the macro calls them.
        message_id as event_key,
        sent_at as occurred_at
    from message_snapshot
    where broken_rule is null

),

{{ customer_of_event_ctes('kept', [
    'conversation_id', 'author_role', 'reply_to_id', 'channel',
] + people) }},

owned as (

    select
        event_key as message_id,
        conversation_id,
        author_role,
        reply_to_id,
        channel,
        occurred_at as sent_at,
        {{ local_time('occurred_at', "'" ~ var('default_time_zone') ~ "'") }}
            as sent_local,
        case when author_role = 'customer' then customer_id end as customer_id,
        coalesce(
            {%- for type in people %}
            '{{ type }}:' || {{ type }},
            {%- endfor %}
            author_role
        ) as own_identifier
    from decided

),

authored as (

    select
        *,
        coalesce(customer_id, own_identifier) as author_key
    from owned

),

numbered as (

    select
        message_id,
        conversation_id,
        {{ row_fingerprint(['conversation_id', 'author_role', 'author_key']) }}
            as conversation_key,
        row_number() over (
            partition by conversation_id
            order by sent_at asc, message_id asc
        ) as message_number,
        author_role,
        author_key,
        customer_id,
        reply_to_id,
        channel,
        sent_at,
        sent_local
    from authored

)

select * from numbered
