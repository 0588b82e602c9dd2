{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
) }}
{#
    What each customer was stitched from, as checksums: each identifier, and the edges that
    begin at it. By these the next build finds what is new, changed or gone. They have no
    text, so that they stay when a user is forgotten, and the next build notices.
#}
with

spells as (

    select * from {{ ref('int_identifier_spells') }}

),

numbers as (

    select * from {{ ref('int_identifier_numbers') }}

),

edges as (

    select * from {{ ref('int_numbered_edges') }}

),

owned as (

    select
        numbers.identifier_number,
        numbers.fact_checksum,
        spells.customer_id
    from numbers
    inner join spells
        on numbers.identifier_key = spells.identifier_key
    where spells.is_newest

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
