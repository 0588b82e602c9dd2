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

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

shared as (

    select distinct
        identifier_key,
        coalesce(was_one_persons, false) as was_one_persons
    from {{ ref('int_shared_identifiers') }}

),

identifier_rules as (

    select * from {{ ref('identifier_rules') }}

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

{{ customer_of_event_ctes('kept') }},

owned as (

    select
        kept.message_id,
        kept.conversation_id,
        kept.author_role,
        kept.reply_to_id,
        kept.channel,
        kept.sent_at,
        {{ local_time('kept.sent_at', "'" ~ var('default_time_zone') ~ "'") }}
            as sent_local,
        case when kept.author_role = 'customer' then decided.customer_id end
            as customer_id,
        coalesce(
            {% for type in people %}
            '{{ type }}:' || kept.{{ type }},
            {% endfor %}
            kept.author_role
        ) as identifier_key
    from kept
    left join decided
        on kept.message_id = decided.event_key

),

authored as (

    select
        owned.*,
        coalesce(owned.customer_id, owned.identifier_key) as author_key
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
