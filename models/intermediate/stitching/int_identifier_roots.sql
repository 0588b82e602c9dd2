-- depends_on: {{ ref('int_moved_anchors') }}
{#
    The first step of stitching, which most identifiers need no other for: one that was
    joined to an older one in the week in which it was first seen is at all times where
    that one is. Its root is the oldest so found.

    Numbers are by age: customers with an id first, then by first sighting.
#}
with

identifiers as (

    select * from {{ ref('int_identifiers') }}

),

shared as (

    select distinct identifier_key from {{ ref('int_shared_identifiers') }}
    where not was_alone

),

edges as (

    select * from {{ ref('int_identity_edges') }}
    where refused_because is null

),

minted as (

    select * from {{ ref('stg_identity__customers') }}

),

numbered as {{ computed_once() }} (

    select
        identifiers.identifier_key,
        identifiers.first_week_start,
        row_number() over (
            order by
                coalesce(minted.customer_number, 9223372036854775807),
                identifiers.first_seen_at,
                identifiers.priority,
                identifiers.identifier_key
        ) as identifier_number
    from identifiers
    left join shared
        on identifiers.identifier_key = shared.identifier_key
    left join minted
        on identifiers.identifier_key = minted.identifier_key
    where
        shared.identifier_key is null
        and not identifiers.is_blocked

),

numbered_edges as (

    select
        one.identifier_number as one_number,
        other.identifier_number as other_number,
        one.first_week_start as one_week_start,
        other.first_week_start as other_week_start,
        edges.first_week_start
    from edges
    inner join numbered as one
        on edges.from_key = one.identifier_key
    inner join numbered as other
        on edges.to_key = other.identifier_key

),

parents as {{ computed_once() }} (

    select
        greatest(one_number, other_number) as identifier_number,
        min(least(one_number, other_number)) as parent_number
    from numbered_edges
    where
        first_week_start = case
            when one_number > other_number then one_week_start
            else other_week_start
        end
        and case
            when one_number > other_number then other_week_start
            else one_week_start
        end <= first_week_start
    group by greatest(one_number, other_number)

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
        numbered.identifier_key,
        numbered.identifier_number,
        numbered.first_week_start,
        case
            when parents.identifier_number is null
                then coalesce(
                    jumped_3.parent_number, numbered.identifier_number
                )
            else numbered.identifier_number
        end as root_number
    from numbered
    left join jumped_3
        on numbered.identifier_number = jumped_3.identifier_number
    left join parents
        on jumped_3.parent_number = parents.identifier_number

)

select * from rooted
