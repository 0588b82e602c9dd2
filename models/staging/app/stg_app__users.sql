{#
    The users table is optional: without it this view has no rows, and the marts
    show no sign-up dates.
#}
{%- set columns = source_columns(var('users_table'), required={'user_id': 'any'}) -%}

with

{% if execute and columns is none -%}
source as (

    select
        cast(null as {{ dbt.type_string() }}) as user_id,
        cast(null as {{ type_instant() }}) as signed_up_at
    where false

),
{%- else -%}
source as (

    select * from {{ source('app', 'users') }}

),
{%- endif %}

renamed as (

    select
        {{ trimmed_id('user_id') }} as user_id,
        {{ optional_column(columns, 'signed_up_at', 'timestamp') }}
            as signed_up_at
    from source

),

-- For a user who is listed twice, the earlier sign-up time counts.
deduplicated as (

    select
        user_id,
        min(signed_up_at) as signed_up_at
    from renamed
    where user_id is not null
    group by user_id

)

select * from deduplicated
