-- depends_on: {{ ref('int_stitched_facts') }}
{#
    What int_stitched_facts has of each week, as one checksum: what there was when this
    build began, or, if it stitched everything, what it has stitched. A build that stops
    before this leaves the table empty, and the next one looks into all weeks.
#}
with

fact_weeks as (

    select * from {{ ref('int_fact_weeks') }}

),

identifiers as (

    select * from {{ ref('int_identifier_numbers') }}

),

edges as (

    select * from {{ ref('int_numbered_edges') }}

),

facts as (

    select
        first_week_start,
        fact_checksum
    from identifiers
    union all
    select
        first_week_start,
        fact_checksum
    from edges

),

weeks as (

    select
        first_week_start,
        n_facts,
        week_checksum
    from fact_weeks
    union all
    select
        first_week_start,
        count(*) as n_facts,
        {{ checksum_of_rows('fact_checksum') }} as week_checksum
    from facts
    where not exists (select 1 from fact_weeks)
    group by first_week_start

)

select * from weeks
