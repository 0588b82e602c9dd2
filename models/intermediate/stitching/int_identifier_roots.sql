{{ config(pre_hook=[
    "{{ without_nested_loops() }}", "{{ without_hash_joins() }}",
    "{{ without_hashed_groups() }}",
]) }}
{#
    The first step of stitching, which most identifiers need no other for: one that was
    joined to an older one in the week in which it was first seen is at all times where
    that one is. Its root is the oldest so found, for most the one that it met.
#}
with

numbers as (

    select * from {{ ref('int_identifier_numbers') }}

),

edges as (

    select * from {{ ref('int_numbered_edges') }}

),

parents as {{ computed_once() }} (

    select
        greatest(from_number, to_number) as identifier_number,
        min(least(from_number, to_number)) as parent_number,
        case when count(*) = 1 then min(fact_checksum) end as link_checksum
    from edges
    where is_of_first_week
    group by greatest(from_number, to_number)

),

grandchildren as {{ computed_once() }} (

    select
        near.identifier_number,
        near.parent_number,
        far.parent_number as grandparent_number
    from parents as near
    inner join parents as far
        on near.parent_number = far.identifier_number

),

{#- Each jump goes twice as far up as the one before. #}
{% for jump in range(1, 4) %}
{%- set before = 'grandchildren' if jump == 1 else 'jumped_' ~ (jump - 1) %}
jumped_{{ jump }} as {{ computed_once() }} (

    select
        near.identifier_number,
        coalesce(far.parent_number, near.parent_number) as parent_number,
        coalesce(far.grandparent_number, near.grandparent_number)
            as grandparent_number
    from {{ before }} as near
    left join {{ before }} as far
        on near.parent_number = far.identifier_number

),
{% endfor %}
-- Whose way up is longer than these jumps is a root of its own; later steps join it.
roots_of_grandchildren as (

    select
        jumped_3.identifier_number,
        case
            when grandchildren.identifier_number is null
                then jumped_3.grandparent_number
            else jumped_3.identifier_number
        end as root_number
    from jumped_3
    left join grandchildren
        on jumped_3.parent_number = grandchildren.identifier_number

),

rooted as (

    select
        numbers.identifier_key,
        numbers.identifier_number,
        numbers.first_week_start,
        numbers.fact_checksum,
        parents.link_checksum,
        parents.identifier_number is not null as has_parent,
        coalesce(
            roots_of_grandchildren.root_number,
            parents.parent_number,
            numbers.identifier_number
        ) as root_number
    from numbers
    left join parents
        on numbers.identifier_number = parents.identifier_number
    left join roots_of_grandchildren
        on numbers.identifier_number = roots_of_grandchildren.identifier_number

),

-- An edge with nothing left to say needs no further step.
marked as (

    select
        identifier_key,
        identifier_number,
        first_week_start,
        fact_checksum,
        root_number,
        case
            when root_number <> identifier_number then link_checksum
        end as link_checksum,
        has_parent
        and (link_checksum is null or root_number = identifier_number)
            as has_loose_links
    from rooted

)

select * from marked
