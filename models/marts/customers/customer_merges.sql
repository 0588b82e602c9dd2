{#
    Customers who turned out to be an older one: the first spell of the identifier that
    each began with in which another customer has it.
#}
with

customer_ids as (

    select * from {{ ref('int_customer_ids_as_of') }}

),

minted as (

    select * from {{ ref('stg_identity__customers') }}

),

ranked as (

    select
        minted.customer_id as old_customer_id,
        customer_ids.customer_id as new_customer_id,
        customer_ids.joined_at as merged_at,
        customer_ids.from_key,
        customer_ids.to_key,
        row_number() over (
            partition by minted.customer_id
            order by customer_ids.from_week_start
        ) as place
    from minted
    inner join customer_ids
        on minted.identifier_key = customer_ids.identifier_key
    where minted.customer_id <> customer_ids.customer_id

),

merged as (

    select
        old_customer_id,
        new_customer_id,
        merged_at,
        from_key,
        to_key
    from ranked
    where place = 1

)

select * from merged
