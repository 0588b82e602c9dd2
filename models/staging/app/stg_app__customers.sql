{#
    The records of the customer relationship management (CRM). The table is optional, and
    so is every column but crm_id. Without it this view has no rows. A crm_id may be there
    twice: who reads this decides which row counts.
#}
{%- set columns = source_columns(var('customers_table'), required={'crm_id': 'any'}) -%}
{%- set is_absent = execute and columns is none -%}
{%- set columns = {} if is_absent else columns -%}

with

{% if is_absent -%}
source as (

    select cast(null as {{ dbt.type_string() }}) as crm_id
    where false

),
{%- else -%}
source as (

    select * from {{ source('app', 'customers') }}

),
{%- endif %}

renamed as (

    select
        {{ trimmed_id('crm_id') }} as crm_id,
        {{ trimmed_id(optional_column(columns, 'user_id', 'text')) }} as user_id,
        lower({{ trimmed_id(optional_column(columns, 'email', 'text')) }}) as email,
        lower({{ trimmed_id(optional_column(columns, 'email_sha256', 'text')) }})
            as email_sha256,
        nullif({{ digits(optional_column(columns, 'phone', 'text')) }}, '') as phone,
        {{ optional_column(columns, 'created_at', 'timestamp') }} as created_at,
        {{ optional_column(columns, 'converted_at', 'timestamp') }}
            as converted_at,
        {{ optional_column(columns, 'birth_date', 'date') }} as birth_date,
        {{ optional_column(columns, 'age', 'number') }} as age,
        nullif(trim({{ optional_column(columns, 'segment_label', 'text') }}), '')
            as segment_label,
        nullif(trim({{ optional_column(columns, 'preference', 'text') }}), '')
            as preference,
        {{ optional_column(columns, 'is_opted_out', 'boolean') }} as is_opted_out
    from source

)

select * from renamed
