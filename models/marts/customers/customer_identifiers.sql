with

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

selected as (

    select
        customer_id,
        identifier_type,
        identifier,
        first_seen_at,
        last_seen_at,
        n_seen
    from customer_identifiers

)

select * from selected
