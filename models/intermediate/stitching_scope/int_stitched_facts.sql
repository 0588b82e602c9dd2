{{ config(materialized='stitched', pre_hook="{{ without_hash_joins() }}") }}
-- depends_on: {{ ref('int_identifier_spells') }}
{#
    What each customer was stitched from, as checksums: each identifier, and each edge, with
    the customer of its stronger end; the only edge of an identifier's first week is in the
    row of that identifier. By these the next build finds what is new, changed or gone.
    They have no text, so that they stay when a user is forgotten, and the next build
    notices. They are written after the spells: a build that stops in between leaves them
    out, and the next one stitches these customers again.
#}
with

identifiers as {{ read_each_time() }} (

    select * from {{ ref('int_identifier_roots') }}

),

edges as (

    select * from {{ ref('int_numbered_edges') }}

),

root_spells as (

    select * from {{ ref('int_root_spells') }}
    where to_week_start is null

),

numbers as (

    select * from {{ ref('int_identifier_numbers') }}
    where customer_id is not null

),

new_customers as (

    select * from {{ ref('int_new_customers') }}

),

customers as (

    select
        identifier_number as label_number,
        customer_id
    from numbers
    union all
    select
        identifier_number as label_number,
        customer_id
    from new_customers

),

roots as (

    select
        root_spells.root_number,
        customers.customer_id
    from root_spells
    inner join customers
        on root_spells.label_number = customers.label_number

),

known as (

    select
        root_number,
        first_week_start,
        fact_checksum,
        link_checksum
    from identifiers
    union all
    select
        identifiers.root_number,
        edges.first_week_start,
        edges.fact_checksum,
        cast(null as {{ dbt.type_bigint() }}) as link_checksum
    from edges
    inner join identifiers
        on edges.from_number = identifiers.identifier_number
    where
        not edges.is_of_first_week
        or greatest(edges.from_number, edges.to_number) in (
            select loose.identifier_number
            from identifiers as loose
            where loose.has_loose_links
        )

),

facts as (

    select
        roots.customer_id,
        known.first_week_start,
        known.fact_checksum,
        known.link_checksum
    from known
    inner join roots
        on known.root_number = roots.root_number

)

select * from facts
