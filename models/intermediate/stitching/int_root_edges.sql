{# The edges between different roots, in the order in which they were first seen. #}
with

edges as (

    select * from {{ ref('int_identity_edges') }}
    where refused_because is null

),

roots as (

    select * from {{ ref('int_identifier_roots') }}

),

crossing as (

    select
        one.root_number as one_root_number,
        other.root_number as other_root_number,
        edges.from_key,
        edges.to_key,
        edges.first_seen_at,
        edges.first_week_start,
        row_number() over (
            order by
                edges.first_week_start,
                edges.first_seen_at,
                edges.from_key,
                edges.to_key
        ) as moment
    from edges
    inner join roots as one
        on edges.from_key = one.identifier_key
    inner join roots as other
        on edges.to_key = other.identifier_key
    where one.root_number <> other.root_number

)

select * from crossing
