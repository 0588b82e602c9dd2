{#
    Which state brings the revenue? Spend of the last 12 weeks, in the reporting
    currency, by the state that users were in when they spent it. Without prices in the
    log it is null.
#}
with

state_sizes as (

    select * from {{ ref('state_sizes') }}

),

last_week as (

    select max(week_start) as week_start from state_sizes

),

summed as (

    select
        state_sizes.state_sort_name,
        sum(state_sizes.n_users) as n_user_weeks,
        sum(state_sizes.n_rides) as n_rides,
        sum(state_sizes.spend) as spend
    from state_sizes
    cross join last_week
    where
        state_sizes.week_start
        > {{ add_days('last_week.week_start', -7 * 12) }}
    group by state_sizes.state_sort_name

)

select
    state_sort_name,
    n_user_weeks,
    n_rides,
    round(cast(spend as {{ type_exact() }}), 2) as spend,
    round(cast(spend / nullif(sum(spend) over (), 0) as {{ type_exact() }}), 3)
        as spend_share,
    round(
        cast(spend / nullif(n_user_weeks, 0) as {{ type_exact() }}), 2
    ) as spend_per_user_week
from summed
order by spend desc nulls last, state_sort_name asc
