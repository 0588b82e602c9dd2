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

{#- Each jump has those only that are so far away from where the jumps before end. #}
{% for jump in range(1, 4) %}
jumped_{{ jump }} as {{ computed_once() }} (

    select
        near.identifier_number,
        coalesce(
            {%- for way in range(jump - 1, 0, -1) %}
            way_{{ way }}.parent_number,
            {%- endfor %}
            far.parent_number
        ) as parent_number
    from {{ 'parents' if jump == 1 else 'jumped_' ~ (jump - 1) }} as near
    inner join parents as far
        on near.parent_number = far.identifier_number
    {%- for way in range(1, jump) %}
    left join jumped_{{ way }} as way_{{ way }}
        on near.parent_number = way_{{ way }}.identifier_number
    {%- endfor %}

),
{% endfor %}
-- Whose way up is longer than these jumps is a root of its own; later steps join it.
unfinished as (

    select jumped_3.identifier_number
    from jumped_3
    inner join parents
        on jumped_3.parent_number = parents.identifier_number

),

rooted as (

    select
        numbers.identifier_number,
        numbers.first_week_start,
        case
            when unfinished.identifier_number is null
                then coalesce(
                    jumped_3.parent_number,
                    jumped_2.parent_number,
                    jumped_1.parent_number,
                    parents.parent_number,
                    numbers.identifier_number
                )
            else numbers.identifier_number
        end as root_number
    from numbers
    left join parents
        on numbers.identifier_number = parents.identifier_number
    left join jumped_1
        on numbers.identifier_number = jumped_1.identifier_number
    left join jumped_2
        on numbers.identifier_number = jumped_2.identifier_number
    left join jumped_3
        on numbers.identifier_number = jumped_3.identifier_number
    left join unfinished
        on numbers.identifier_number = unfinished.identifier_number

)

select * from rooted
