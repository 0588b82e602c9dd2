{#
    Nobody who is to be left alone is in a list of customers.
#}
with

lists as (

    select * from {{ ref('customer_lists') }}

),

customers as (

    select * from {{ ref('customers_left_alone') }}

),

listed as (

    select
        lists.list_kind,
        lists.list_name,
        lists.customer_id
    from lists
    inner join customers
        on lists.customer_id = customers.customer_id

)

select * from listed
