{# Which customer each identifier belongs to, by all that is known now: in hindsight. #}
with

customer_ids as (

    select * from {{ ref('int_customer_ids_as_of') }}

),

identifiers as (

    select * from {{ ref('int_identifiers') }}

),

newest as (

    select
        identifiers.identifier_key,
        customer_ids.customer_id,
        identifiers.identifier_type,
        identifiers.identifier,
        identifiers.priority,
        identifiers.first_seen_at,
        identifiers.last_seen_at,
        identifiers.n_seen
    from customer_ids
    inner join identifiers
        on customer_ids.identifier_key = identifiers.identifier_key
    where customer_ids.is_newest

)

select * from newest
