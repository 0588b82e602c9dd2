{{ config(pre_hook="{{ without_hash_joins() }}") }}
{#
    The edges between different roots, in the order in which they were first seen. Those
    of one moment have an order that does not depend on the numbers of this build.
#}
with

edges as (

    select * from {{ ref('int_numbered_edges') }}

),

roots as {{ read_each_time() }} (

    select * from {{ ref('int_identifier_roots') }}

),

crossing as (

    select
        one.root_number as one_root_number,
        other.root_number as other_root_number,
        edges.from_number,
        edges.to_number,
        edges.first_seen_at,
        edges.first_week_start,
        row_number() over (
            order by
                edges.first_week_start,
                edges.first_seen_at,
                edges.fact_checksum,
                edges.from_number,
                edges.to_number
        ) as moment
    from edges
    inner join roots as one
        on edges.from_number = one.identifier_number
    inner join roots as other
        on edges.to_number = other.identifier_number
    where one.root_number <> other.root_number

)

select * from crossing
