{#
    Weeks in int_stitched_weeks have the facts of int_stitched_facts: otherwise a build
    would not look into a week with a change. If they differ, empty int_stitched_weeks: the
    next build then looks into all weeks.
#}
with

stitched_facts as (

    select * from {{ ref('int_stitched_facts') }}

),

stitched_weeks as (

    select * from {{ ref('int_stitched_weeks') }}

),

facts as (

    select
        first_week_start,
        fact_checksum
    from stitched_facts
    union all
    select
        first_week_start,
        link_checksum as fact_checksum
    from stitched_facts
    where link_checksum is not null

),

weeks as (

    select
        first_week_start,
        count(*) as n_facts,
        {{ checksum_of_rows('fact_checksum') }} as week_checksum
    from facts
    group by first_week_start

)

select
    stitched_weeks.n_facts as n_of_week,
    weeks.n_facts as n_found,
    coalesce(
        stitched_weeks.first_week_start, weeks.first_week_start
    ) as first_week_start
from stitched_weeks
full outer join weeks
    on stitched_weeks.first_week_start = weeks.first_week_start
where
    not coalesce(
        stitched_weeks.n_facts = weeks.n_facts
        and stitched_weeks.week_checksum = weeks.week_checksum,
        false
    )
