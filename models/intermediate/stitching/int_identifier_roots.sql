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

jumped_0 as (

    select * from parents

),
{% for jump in range(1, 4) %}
jumped_{{ jump }} as {{ computed_once() }} (

    select
        near.identifier_number,
        coalesce(far.parent_number, near.parent_number) as parent_number
    from jumped_{{ jump - 1 }} as near
    left join jumped_{{ jump - 1 }} as far
        on near.parent_number = far.identifier_number

),
{% endfor %}
-- Whose way up is longer than these jumps is a root of its own; later steps join it.
rooted as (

    select
        numbers.identifier_number,
        numbers.first_week_start,
        case
            when parents.identifier_number is null
                then coalesce(
                    jumped_3.parent_number, numbers.identifier_number
                )
            else numbers.identifier_number
        end as root_number
    from numbers
    left join jumped_3
        on numbers.identifier_number = jumped_3.identifier_number
    left join parents
        on jumped_3.parent_number = parents.identifier_number

)

select * from rooted
