{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ without_merge_joins() }}",
) }}
-- depends_on: {{ ref('int_identifier_spells') }}
{#
    What each customer was stitched from, as checksums: each identifier, and each edge, with
    the customer of its stronger end. By these the next build finds what is new, changed or
    gone. They have no text, so that they stay when a user is forgotten, and the next build
    notices. They are written after the spells: a build that stops in between leaves them
    out, and the next one stitches these customers again.
#}
with

numbers as {{ read_each_time() }} (

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

customers as (

    select
        identifier_number as label_number,
        customer_id
    from numbers
    where customer_id is not null
    union all
    select
        identifier_number as label_number,
        customer_id
    from new_customers

),

known as (

    select
        identifier_number,
        fact_checksum
    from numbers
    union all
    select
        from_number as identifier_number,
        fact_checksum
    from edges

),

facts as (

    select
        customers.customer_id,
        known.fact_checksum
    from known
    inner join labels
        on known.identifier_number = labels.identifier_number
    inner join customers
        on labels.label_number = customers.label_number

)

select * from facts
