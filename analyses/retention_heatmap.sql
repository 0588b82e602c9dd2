{#
    How many users of each monthly cohort ride again? The share of the cohort with a ride,
    in percent, by months since the first ride: a row for each cell of the heatmap. Without
    the first months of the log, whose users may have ridden before it began.
#}
with

retention_cohorts as (

    select * from {{ ref('retention_cohorts') }}

)

select
    cohort_period_start as month_of_first_ride,
    periods_since_first_ride as months_since_first_ride,
    n_cohort_users,
    n_riders,
    round(cast(100 * rider_share as {{ type_exact() }}), 1) as percent_riding,
    round(cast(spend / n_cohort_users as {{ type_exact() }}), 2) as spend_per_user
from retention_cohorts
where cohort_length = 'month' and is_over and not is_start_of_log
order by cohort_period_start, periods_since_first_ride
