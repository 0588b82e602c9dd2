{# The edges between the identifiers to stitch in this build, by their numbers. #}
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
        one.first_week_start as from_first_week_start,
        other.first_week_start as to_first_week_start,
        edges.first_seen_at,
        edges.first_week_start,
        {{ edge_checksum('edges') }} as fact_checksum
    from edges
    inner join numbers as one
        on edges.from_key = one.identifier_key
    inner join numbers as other
        on edges.to_key = other.identifier_key

)

select * from numbered
