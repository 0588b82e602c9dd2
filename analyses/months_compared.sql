{#
    How did the business go, month by month? Rides, riders and spend of whole months, by
    the day of the ride. Riders of different states overlap, so riders come from the cohorts.
#}
with

retention_cohorts as (

    select * from {{ ref('retention_cohorts') }}

),

summed as (

    select
        period_start as month_start,
        sum(n_riders) as n_riders,
        sum(case when periods_since_first_ride = 0 then n_riders else 0 end)
            as n_new_riders,
        sum(n_rides) as n_rides,
        sum(spend) as spend
    from retention_cohorts
    where cohort_length = 'month' and is_over
    group by period_start

)

select
    month_start,
    n_riders,
    n_new_riders,
    n_rides,
    round(cast(spend as {{ type_exact() }}), 2) as spend,
    round(cast(spend / nullif(n_riders, 0) as {{ type_exact() }}), 2)
        as spend_per_rider,
    round(
        100.0 * (n_rides - lag(n_rides) over (order by month_start))
        / nullif(lag(n_rides) over (order by month_start), 0),
        1
    ) as change_of_rides_in_percent
from summed
order by month_start
