{{ config(pre_hook="{{ with_little_memory() }}") }}
{#
    The edges between the identifiers to stitch in this build, by their numbers. Edges of
    the first week are those by which an identifier met an older one in the week in which
    it was itself first seen.
#}
with

edges as (

    select * from {{ ref('int_identity_edges') }}
    where refused_because is null

),

numbers as {{ read_each_time() }} (

    select * from {{ ref('int_identifier_numbers') }}

),

numbered as (

    select
        one.identifier_number as from_number,
        other.identifier_number as to_number,
        edges.first_seen_at,
        edges.first_week_start,
        {{ edge_checksum('edges') }} as fact_checksum,
        case
            when one.identifier_number > other.identifier_number
                then
                    edges.first_week_start = one.first_week_start
                    and edges.first_week_start >= other.first_week_start
            else
                edges.first_week_start = other.first_week_start
                and edges.first_week_start >= one.first_week_start
        end as is_of_first_week
    from edges
    inner join numbers as one
        on edges.from_key = one.identifier_key
    inner join numbers as other
        on edges.to_key = other.identifier_key

)

select * from numbered
