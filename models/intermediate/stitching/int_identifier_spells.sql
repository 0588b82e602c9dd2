{{ config(
    materialized='stitched',
    pre_hook=[
        "{{ forget_touched_spells(ref('int_touched_identifiers')) }}",
        "{{ without_hash_joins() }}",
    ],
) }}
{#
    Which customer each identifier belonged to, as edges seen until the end of each week
    say. A spell lasts until the next one.

    A build only replaces the spells of the identifiers that it stitches; the others would
    come out the same.
#}
with

identifiers as (

    select * from {{ ref('int_identifier_roots') }}

),

root_spells as (

    select * from {{ ref('int_root_spells') }}

),

numbers as {{ read_each_time() }} (

    select * from {{ ref('int_identifier_numbers') }}

),

new_customers as (

    select * from {{ ref('int_new_customers') }}

),

root_edges as (

    select * from {{ ref('int_root_edges') }}

),

customers as (

    select
        identifier_number as label_number,
        identifier_key as anchor_key,
        customer_id
    from numbers
    where customer_id is not null
    union all
    select
        identifier_number as label_number,
        identifier_key as anchor_key,
        customer_id
    from new_customers

),

joining_edges as (

    select
        root_edges.moment,
        one.identifier_key as from_key,
        other.identifier_key as to_key,
        root_edges.first_seen_at as joined_at
    from root_edges
    inner join numbers as one
        on root_edges.from_number = one.identifier_number
    inner join numbers as other
        on root_edges.to_number = other.identifier_number

),

-- There are half as many roots as identifiers, so their customers are found first.
spells_of_roots as (

    select
        root_spells.root_number,
        root_spells.from_week_start,
        root_spells.to_week_start,
        customers.customer_id,
        customers.anchor_key,
        joining_edges.from_key,
        joining_edges.to_key,
        joining_edges.joined_at
    from root_spells
    inner join customers
        on root_spells.label_number = customers.label_number
    left join joining_edges
        on root_spells.moment = joining_edges.moment
    {{ kept_apart() }}

),

spells as (

    select
        identifiers.identifier_key,
        spells_of_roots.to_week_start,
        spells_of_roots.customer_id,
        spells_of_roots.anchor_key,
        spells_of_roots.from_key,
        spells_of_roots.to_key,
        spells_of_roots.joined_at,
        greatest(
            identifiers.first_week_start, spells_of_roots.from_week_start
        ) as from_week_start,
        spells_of_roots.to_week_start is null as is_newest
    from identifiers
    inner join spells_of_roots
        on identifiers.root_number = spells_of_roots.root_number
    where
        spells_of_roots.to_week_start is null
        or spells_of_roots.to_week_start > identifiers.first_week_start

)

select * from spells
