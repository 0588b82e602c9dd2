{#
    The one file to edit if a company's columns differ from the contract. An optional
    column that the table lacks becomes null automatically. Without a column `status`
    every ride counts as completed. Without the table there are no rides: a company may
    have only events.
#}
{%- set columns = source_columns(var('rides_table'), required={
    'ride_id': 'any',
    'user_id': 'any',
    'requested_at': 'timestamp',
}) -%}
{%- set is_absent = execute and columns is none -%}
{%- set columns = {} if is_absent else columns -%}
{%- set has_status = columns is none or 'status' in columns -%}
{%- set possible = possible_values() -%}

with

{% if is_absent -%}
source as (

    select
        cast(null as {{ dbt.type_string() }}) as ride_id,
        cast(null as {{ dbt.type_string() }}) as user_id,
        cast(null as {{ type_instant() }}) as requested_at
    where false

),
{%- else -%}
source as (

    select * from {{ source('app', 'rides') }}

),
{%- endif %}

renamed as (

    select
        {{ trimmed_id('ride_id') }} as ride_id,
        {{ trimmed_id('user_id') }} as user_id,
        cast(requested_at as {{ type_instant() }}) as requested_at,
        {{ optional_column(columns, 'status', 'text') }} as raw_status,
        {{ optional_column(columns, 'price', 'number') }} as price,
        {{ optional_column(columns, 'currency', 'text') }} as raw_currency,
        {{ optional_column(columns, 'time_zone', 'text') }} as raw_time_zone,
        {{ optional_column(columns, 'payment_mode', 'text') }}
            as raw_payment_mode,
        {{ optional_column(columns, 'platform', 'text') }} as raw_platform,
        {{ optional_column(columns, 'app_version', 'text') }} as app_version,
        {{ optional_column(columns, 'cancel_reason', 'text') }}
            as cancel_reason,
        {%- for name, limits in possible.items() if 'below' in limits %}
        {{ optional_column(columns, name, 'number') }} as raw_{{ name }},
        {%- endfor %}
        {%- for name, limits in possible.items() if 'longest' in limits %}
        nullif(trim({{ optional_column(columns, name, 'text') }}), '')
            as raw_{{ name }},
        {%- endfor %}
        {{ optional_column(columns, 'is_painful_cancellation', 'boolean') }}
            as is_painful_cancellation
    from source

),

standardised as (

    select
        ride_id,
        user_id,
        requested_at,
        nullif(trim(raw_time_zone), '') as time_zone,
        {% if has_status -%}
        coalesce(
            {{ standardised('raw_status', var('ride_statuses')) }}, 'other'
        ) as status,
        {%- else -%}
        'completed' as status,
        {%- endif %}
        {{ standardised('raw_payment_mode', var('payment_modes')) }}
            as payment_mode,
        {{ standardised('raw_platform', var('platforms')) }} as platform,
        app_version,
        cancel_reason,
        coalesce(
            nullif(upper(trim(raw_currency)), ''), '{{ var("default_currency") }}'
        ) as currency,
        price,
        is_painful_cancellation,
        {{- checked_values(possible) }}
    from renamed

)

select * from standardised
