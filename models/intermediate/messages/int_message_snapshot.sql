{#
    The messages at one moment, each with the first rule that it breaks, if any. All other
    models read this table, so that they see the same messages. Of several rows with one
    message_id the earliest counts.
#}
{%- set people = person_identifiers() -%}
{%- set ids = ['message_id', 'conversation_id', 'reply_to_id', 'channel'] + people -%}
{%- set texts = dict() -%}
{%- for type in people %}
{%- do texts.update({type: 'staged_messages.' ~ type}) %}
{%- endfor -%}

with

staged_messages as (

    select * from {{ ref('stg_app__messages') }}

),

forgotten_users as (

    select * from {{ ref('stg_privacy__forgotten_users') }}

),

excluded_users as (

    select distinct {{ trimmed_id('user_id') }} as user_id
    from {{ ref('excluded_users') }}

),

marked as (

    select
        staged_messages.*,
        {{ is_of_forgotten_person(texts) }} as is_of_forgotten_user
    from staged_messages
    {{ kept_apart() }}

),

-- Of a forgotten user's message nothing is left but that there is one.
messages as (

    select
        {%- for column in ids + ['sent_at', 'author_role', 'body'] %}
        case when not is_of_forgotten_user then {{ column }} end as {{ column }},
        {%- endfor %}
        is_of_forgotten_user
    from marked

),

screened as (

    select
        messages.{{ ids | join(',\n        messages.') }},
        messages.sent_at,
        coalesce(messages.author_role, 'customer') as author_role,
        messages.body,
        case
            when messages.is_of_forgotten_user then 'forgotten_user'
            when messages.message_id is null then 'null_message_id'
            when messages.conversation_id is null then 'null_conversation_id'
            -- No index could hold it.
            when
                {%- for column in ids %}
                {{ 'or ' if not loop.first -}}
                length(messages.{{ column }}) > {{ longest_text() }}
                {%- endfor %}
                then 'overlong_id'
            when messages.sent_at is null then 'null_sent_at'
            when
                messages.sent_at > {{ dbt.current_timestamp() }}
                then 'sent_in_the_future'
            when
                messages.sent_at < '{{ var("earliest_event_date") }}'
                then 'sent_too_early'
            when messages.author_role = 'other' then 'unknown_author_role'
            when
                coalesce(messages.author_role, 'customer') = 'customer'
                and coalesce(messages.{{ people | join(', messages.') }}) is null
                then 'no_identifier'
            when messages.body is null then 'blank_body'
            when excluded_users.user_id is not null then 'excluded_user'
        end as broken_rule
    from messages
    left join excluded_users
        on messages.user_id = excluded_users.user_id

),

numbered as (

    select
        screened.*,
        row_number() over (
            partition by
                screened.message_id,
                coalesce(screened.broken_rule, '')
            order by
                screened.sent_at asc,
                screened.body asc,
                {{ row_fingerprint(ids + ['author_role']) }} asc
        ) as copy_number
    from screened

),

judged as (

    select
        {{ ids | join(',\n        ') }},
        sent_at,
        author_role,
        body,
        case
            when broken_rule is null and copy_number > 1 then 'repeated_id'
            else broken_rule
        end as broken_rule
    from numbered

)

select * from judged
