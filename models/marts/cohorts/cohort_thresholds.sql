{#
    What facts of customer_snapshots are compared with, week by week: the value of the
    rule, or a percentile of the fact among the customers for whom it is above zero. Only
    what the first build after the week knew is read, so a threshold never changes.
#}
with

snapshots as (

    select * from {{ ref('customer_snapshots') }}

),

rules as (

    select * from {{ ref('cohort_rules') }}

),

first_builds as (

    select
        as_of_week_start,
        min(known_at) as known_at
    from snapshots
    where revision = 0
    group by as_of_week_start

),

facts as (

    select
        rules.cohort,
        rules.value,
        rules.percentile,
        snapshots.as_of_week_start,
        {{ weekly_fact('rules.fact', 'snapshots') }} as fact_value
    from snapshots
    inner join first_builds
        on
            snapshots.as_of_week_start = first_builds.as_of_week_start
            and snapshots.known_at = first_builds.known_at
    cross join rules
    where
        snapshots.revision = 0
        and {{ is_one_of('rules.fact', cohort_facts('weekly')) }}

),

compared as (

    select
        cohort,
        as_of_week_start,
        coalesce(
            value,
            percentile_cont(percentile / 100) within group (
                order by case when fact_value > 0 then fact_value end
            )
        ) as threshold,
        count(case when fact_value > 0 then 1 end) as n_customers_above_zero
    from facts
    group by cohort, as_of_week_start, value, percentile

)

select * from compared
