with

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

selected as (

    select
        customer_id,
        identifier as user_id
    from customer_identifiers
    where identifier_type = 'user_id'

)

select * from selected
