{#
    Which state brings how much revenue, month by month? By the day of the ride, in whole
    months only, with the change from the month before.
#}
with

state_sizes_by_month as (

    select * from {{ ref('state_sizes_by_month') }}

),

summed as (

    select
        month_start,
        state_sort_name,
        sum(n_users) as n_users,
        sum(n_riders) as n_riders,
        sum(n_rides) as n_rides,
        sum(spend) as spend
    from state_sizes_by_month
    where is_whole_month
    group by month_start, state_sort_name

),

compared as (

    select
        *,
        sum(spend) over (partition by month_start) as spend_of_month,
        lag(spend) over (partition by state_sort_name order by month_start)
            as spend_before
    from summed

)

select
    month_start,
    state_sort_name,
    n_users as n_users_at_the_end,
    n_riders,
    n_rides,
    round(cast(spend as {{ type_exact() }}), 2) as spend,
    round(cast({{ share('spend', 'spend_of_month') }} as {{ type_exact() }}), 3)
        as spend_share,
    round(
        cast(
            100 * (spend - spend_before) / nullif(spend_before, 0) as {{ type_exact() }}
        ),
        1
    ) as change_in_percent
from compared
order by month_start, state_sort_name
