{{ config(
    pre_hook="{{ without_hash_joins() }}", post_hook="{{ mint_customers(this) }}",
) }}
{#
    Customers that have no id yet. The hook gives each the next number, and adds it to
    identity.customers; ids are never given twice.
#}
with

spells as (

    select * from {{ ref('int_root_spells') }}

),

numbers as (

    select * from {{ ref('int_identifier_numbers') }}

),

minted as (

    select * from {{ ref('stg_identity__customers') }}

),

last_number as (

    select coalesce(max(customer_number), 0) as customer_number
    from minted

),

-- A label is the number of a root, whose own label it is at first.
anchors as (

    select label_number
    from spells
    where label_number = root_number

),

numbered as (

    select
        numbers.identifier_key,
        numbers.identifier_number,
        last_number.customer_number + row_number() over (
            order by numbers.identifier_number
        ) as customer_number
    from anchors
    inner join numbers
        on anchors.label_number = numbers.identifier_number
    cross join last_number
    where numbers.customer_id is null

)

select
    'c' || {{ padded_number('customer_number', 9) }} as customer_id,
    customer_number,
    identifier_key,
    identifier_number,
    {{ dbt.current_timestamp() }} as minted_at
from numbered
