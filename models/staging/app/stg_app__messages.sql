{#
    What customers, staff and programs wrote. The table is optional, and so is every column
    but four. Without it this view has no rows.
#}
{%- set columns = source_columns(var('messages_table'), required={
    'message_id': 'any',
    'conversation_id': 'any',
    'sent_at': 'timestamp',
    'body': 'any',
}) -%}
{%- set is_absent = execute and columns is none -%}
{%- set columns = {} if is_absent else columns -%}

with

{% if is_absent -%}
source as (

    select
        cast(null as {{ dbt.type_string() }}) as message_id,
        cast(null as {{ dbt.type_string() }}) as conversation_id,
        cast(null as {{ type_instant() }}) as sent_at,
        cast(null as {{ dbt.type_string() }}) as body
    where false

),
{%- else -%}
source as (

    select * from {{ source('app', 'messages') }}

),
{%- endif %}

renamed as (

    select
        {{ trimmed_id('message_id') }} as message_id,
        {{ trimmed_id('conversation_id') }} as conversation_id,
        cast(sent_at as {{ type_instant() }}) as sent_at,
        {%- for name in person_identifiers() %}
        {{ trimmed_id(optional_column(columns, name, 'text')) }} as raw_{{ name }},
        {%- endfor %}
        {{ optional_column(columns, 'author_role', 'text') }} as raw_author_role,
        {{ trimmed_id(optional_column(columns, 'reply_to_id', 'text')) }}
            as reply_to_id,
        lower({{ trimmed_id(optional_column(columns, 'channel', 'text')) }})
            as channel,
        {{ trimmed_id('body') }} as body
    from source

),

standardised as (

    select
        message_id,
        conversation_id,
        sent_at,
        raw_anonymous_id as anonymous_id,
        raw_user_id as user_id,
        raw_crm_id as crm_id,
        lower(raw_email) as email,
        lower(raw_email_sha256) as email_sha256,
        nullif({{ digits('raw_phone') }}, '') as phone,
        {{ standardised('raw_author_role', var('author_roles')) }} as author_role,
        reply_to_id,
        channel,
        body
    from renamed

)

select * from standardised
