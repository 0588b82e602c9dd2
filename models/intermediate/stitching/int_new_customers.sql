{{ config(post_hook="{{ mint_customers(this) }}") }}
{#
    Customers that have no id yet. The hook gives each the next number, and adds it to
    identity.customers; ids are never given twice.
#}
with

spells as (

    select * from {{ ref('int_identifier_spells') }}

),

roots as (

    select * from {{ ref('int_identifier_roots') }}

),

minted as (

    select * from {{ ref('stg_identity__customers') }}

),

last_number as (

    select coalesce(max(customer_number), 0) as customer_number
    from minted

),

anchors as (

    select distinct anchor_key from spells

),

numbered as (

    select
        anchors.anchor_key as identifier_key,
        last_number.customer_number + row_number() over (
            order by roots.identifier_number
        ) as customer_number
    from anchors
    inner join roots
        on anchors.anchor_key = roots.identifier_key
    cross join last_number
    left join minted
        on anchors.anchor_key = minted.identifier_key
    where minted.identifier_key is null

)

select
    'c' || {{ padded_number('customer_number', 9) }} as customer_id,
    customer_number,
    identifier_key,
    {{ dbt.current_timestamp() }} as minted_at
from numbered
