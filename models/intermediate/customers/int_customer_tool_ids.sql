{#
    The ids by which other tools know a customer: the newest user id and the newest id in
    the CRM.
#}
with

identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

numbered as (

    select
        customer_id,
        identifier_type,
        identifier,
        row_number() over (
            partition by customer_id, identifier_type
            order by last_seen_at desc, identifier asc
        ) as recency
    from identifiers
    where identifier_type in ('user_id', 'crm_id')

),

newest as (

    select
        customer_id,
        max(case when identifier_type = 'user_id' then identifier end) as user_id,
        max(case when identifier_type = 'crm_id' then identifier end) as crm_id
    from numbered
    where recency = 1
    group by customer_id

)

select * from newest
