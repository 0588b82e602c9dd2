{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ without_merge_joins() }}",
) }}
-- depends_on: {{ ref('int_identifier_spells') }}
{#
    What each customer was stitched from, as checksums: each identifier, and the edges that
    begin at it. By these the next build finds what is new, changed or gone. They have no
    text, so that they stay when a user is forgotten, and the next build notices. They are
    written after the spells: a build that stops in between leaves them out, and the next
    one stitches these customers again.
#}
with

numbers as (

    select * from {{ ref('int_identifier_numbers') }}

),

edges as (

    select * from {{ ref('int_numbered_edges') }}

),

labels as (

    select * from {{ ref('int_identifier_labels') }}
    where to_week_start is null

),

new_customers as (

    select * from {{ ref('int_new_customers') }}

),

owned as (

    select
        numbers.identifier_number,
        numbers.fact_checksum,
        coalesce(anchors.customer_id, new_customers.customer_id) as customer_id
    from labels
    inner join numbers
        on labels.identifier_number = numbers.identifier_number
    left join numbers as anchors
        on
            labels.label_number = anchors.identifier_number
            and anchors.customer_id is not null
    left join new_customers
        on labels.label_number = new_customers.identifier_number

),

edge_facts as (

    select
        from_number,
        {{ combined_checksum('fact_checksum') }} as fact_checksum
    from edges
    group by from_number

),

facts as (

    select
        customer_id,
        fact_checksum
    from owned
    union all
    select
        owned.customer_id,
        edge_facts.fact_checksum
    from edge_facts
    inner join owned
        on edge_facts.from_number = owned.identifier_number

)

select * from facts
