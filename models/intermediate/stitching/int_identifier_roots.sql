{{ config(pre_hook=["{{ without_nested_loops() }}", "{{ without_hash_joins() }}"]) }}
{#
    The first step of stitching, which most identifiers need no other for: one that was
    joined to an older one in the week in which it was first seen is at all times where
    that one is. Its root is the oldest so found.
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
        min(least(from_number, to_number)) as parent_number
    from edges
    where
        first_week_start = case
            when from_number > to_number then from_first_week_start
            else to_first_week_start
        end
        and case
            when from_number > to_number then to_first_week_start
            else from_first_week_start
        end <= first_week_start
    group by greatest(from_number, to_number)

),

{#- Each jump goes twice as far up as the one before. #}
{% for jump in range(1, 4) %}
{%- set before = 'parents' if jump == 1 else 'jumped_' ~ (jump - 1) %}
jumped_{{ jump }} as {{ computed_once() }} (

    select
        near.identifier_number,
        coalesce(far.parent_number, near.parent_number) as parent_number
    from {{ before }} as near
    left join {{ before }} as far
        on near.parent_number = far.identifier_number

),
{% endfor %}
-- Whose way up is longer than these jumps is a root of its own; later steps join it.
children as (

    select
        jumped_3.identifier_number,
        jumped_3.parent_number as root_number
    from jumped_3
    left join parents
        on jumped_3.parent_number = parents.identifier_number
    where parents.identifier_number is null

),

rooted as (

    select
        numbers.identifier_key,
        numbers.identifier_number,
        numbers.first_week_start,
        numbers.fact_checksum,
        coalesce(children.root_number, numbers.identifier_number)
            as root_number
    from numbers
    left join children
        on numbers.identifier_number = children.identifier_number

)

select * from rooted
