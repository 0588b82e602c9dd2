{#
    The CRM's own segment of each customer, by the newest record that has one; of several
    as new the one with the smallest crm_id.
#}
with

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

crm_records as (

    select * from {{ ref('stg_app__customers') }}

),

ranked as (

    select
        customer_identifiers.customer_id,
        crm_records.segment_label,
        row_number() over (
            partition by customer_identifiers.customer_id
            order by
                crm_records.created_at desc nulls last,
                crm_records.crm_id asc,
                crm_records.segment_label asc
        ) as recency
    from crm_records
    inner join customer_identifiers
        on
            crm_records.crm_id = customer_identifiers.identifier
            and customer_identifiers.identifier_type = 'crm_id'
    where crm_records.segment_label is not null

),

newest as (

    select
        customer_id,
        segment_label
    from ranked
    where recency = 1

)

select * from newest
