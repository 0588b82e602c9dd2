{# The edges between the identifiers to stitch in this build, by their numbers. #}
with

edges as (

    select * from {{ ref('int_identity_edges') }}
    where refused_because is null

),

numbers as (

    select * from {{ ref('int_identifier_numbers') }}

),

numbered as (

    select
        starts.identifier_number as from_number,
        ends.identifier_number as to_number,
        starts.first_week_start as from_first_week_start,
        ends.first_week_start as to_first_week_start,
        edges.first_seen_at,
        edges.first_week_start,
        {{ edge_checksum('edges') }} as fact_checksum
    from edges
    inner join numbers as starts
        on edges.from_key = starts.identifier_key
    inner join numbers as ends
        on edges.to_key = ends.identifier_key

)

select * from numbered
