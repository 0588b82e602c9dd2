{#
    The one file to edit if a company's events have other columns than the contract. The
    table is optional, and so is every column but three. Without the table this view has
    no rows.
#}
{%- set columns = source_columns(var('events_table'), required={
    'source': 'any',
    'event_type': 'any',
    'occurred_at': 'timestamp',
}) -%}
{%- set is_absent = execute and columns is none -%}
{%- set columns = {} if is_absent else columns -%}
{%- set possible = possible_event_values() -%}
{%- set units = {'seconds': 1, 'milliseconds': 0.001, 'minutes': 60} -%}

with

{% if is_absent -%}
source as (

    select
        cast(null as {{ dbt.type_string() }}) as source,
        cast(null as {{ dbt.type_string() }}) as event_type,
        cast(null as {{ type_instant() }}) as occurred_at
    where false

),
{%- else -%}
source as (

    select * from {{ source('app', 'events') }}

),
{%- endif %}

renamed as (

    select
        {{ trimmed_id('source') }} as raw_source,
        {{ trimmed_id('event_type') }} as raw_event_type,
        cast(occurred_at as {{ type_instant() }}) as occurred_at,
        {{ optional_column(columns, 'loaded_at', 'timestamp') }} as loaded_at,
        {%- for name in event_ids() %}
        {{ trimmed_id(optional_column(columns, name, 'text')) }} as {{ name }},
        {%- endfor %}
        {{ optional_column(columns, 'currency', 'text') }} as raw_currency,
        {{ optional_column(columns, 'time_zone', 'text') }} as raw_time_zone,
        {{ optional_column(columns, 'platform', 'text') }} as raw_platform,
        {{ optional_column(columns, 'duration_seconds', 'number') }}
        * {{ units[var('duration_unit')] }} as raw_duration_seconds,
        {{ optional_column(columns, 'value', 'number') }} as raw_value,
        {{ url_path(optional_column(columns, 'page_path', 'text')) }}
            as raw_page_path,
        lower(trim({{ optional_column(columns, 'content_type', 'text') }}))
            as given_content_type,
        {%- for name, limits in possible.items()
            if 'longest' in limits and name not in ('page_path', 'content_type') %}
        nullif(trim({{ optional_column(columns, name, 'text') }}), '')
            as raw_{{ name }},
        {%- endfor %}
        {{ optional_column(columns, 'is_advanced_feature', 'boolean') }}
            as given_is_advanced_feature
    from source

),

-- A page without a content type has that of its path.
typed as (

    select
        *,
        coalesce(
            nullif(given_content_type, ''),
            {{ content_type_of_path('raw_page_path') }}
        ) as raw_content_type
    from renamed

),

-- A source without a list keeps its own name; an event type without one is `other`.
standardised as (

    select
        coalesce(
            nullif({{ standardised('raw_source', var('event_sources')) }}, 'other'),
            lower(raw_source)
        ) as source,
        raw_event_type,
        {{ standardised('raw_event_type', var('event_types')) }} as event_type,
        {{ is_listed('raw_event_type', var('event_types')) }}
            as is_known_event_type,
        occurred_at,
        loaded_at,
        event_id,
        anonymous_id,
        user_id,
        lower(email) as email,
        lower(email_sha256) as email_sha256,
        nullif({{ digits('phone') }}, '') as phone,
        crm_id,
        session_id,
        coalesce(
            nullif(upper(trim(raw_currency)), ''), '{{ var("default_currency") }}'
        ) as currency,
        nullif(trim(raw_time_zone), '') as time_zone,
        {{ standardised('raw_platform', var('platforms')) }} as platform,
        case
            when raw_feature_name is not null
                then coalesce(
                    given_is_advanced_feature,
                    {{ is_one_of('raw_feature_name', var('advanced_features')) }}
                )
        end as is_advanced_feature,
        {{- checked_values(possible) }}
    from typed

)

select * from standardised
