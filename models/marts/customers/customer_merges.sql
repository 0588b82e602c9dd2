-- depends_on: {{ ref('int_customer_changes') }}
{#
    What became of customers, in the order in which builds found it. What was recorded
    once stays.
#}
with

customer_changes as (

    select * from {{ ref('stg_identity__customer_changes') }}

),

selected as (

    select
        change_number,
        kind,
        old_customer_id,
        new_customer_id,
        merged_at,
        found_at,
        reason,
        from_key,
        to_key
    from customer_changes

)

select * from selected
