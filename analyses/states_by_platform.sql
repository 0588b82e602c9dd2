{#
    Do states differ by platform? Users of the newest week, as known, with the share of each
    platform's users in each state.
#}
with

sizes as (

    select * from {{ ref('state_sizes_by_city_and_platform') }}
    where is_latest_week

),

summed as (

    select
        platform,
        state_sort_name,
        sum(n_users_as_known) as n_users,
        sum(n_rides_as_known) as n_rides,
        sum(spend_as_known) as spend
    from sizes
    group by platform, state_sort_name

)

select
    platform,
    state_sort_name,
    n_users,
    round(
        cast(
            {{ share('n_users', 'sum(n_users) over (partition by platform)') }}
            as {{ type_exact() }}
        ),
        3
    ) as share_of_platform,
    n_rides,
    round(cast(spend as {{ type_exact() }}), 2) as spend
from summed
order by platform, state_sort_name
