{#
    Identifiers and edges of each week as one checksum, so that int_touched_identifiers need
    only look into weeks that have changed. Empty if everything is stitched.
#}
with

identifiers as (

    select * from {{ ref('int_stitchable_identifiers') }}

),

edges as (

    select * from {{ ref('int_identity_edges') }}
    where refused_because is null

),

facts as (

    select
        identifiers.first_week_start,
        {{ identifier_checksum('identifiers') }} as fact_checksum
    from identifiers
    union all
    select
        edges.first_week_start,
        {{ edge_checksum('edges') }} as fact_checksum
    from edges

),

weeks as (

    select
        first_week_start,
        count(*) as n_facts,
        {{ checksum_of_rows('fact_checksum') }} as week_checksum
    from facts
    {% if stitched_so_far() is none %}
    where false
    {% endif %}
    group by first_week_start

)

select * from weeks
