{#
    How does each city develop? Users, riders, rides and spend of the last 26 weeks, with
    the share of users in a silent state as known at the end of each week.
#}
with

state_sizes_by_city as (

    select * from {{ ref('state_sizes_by_city') }}

),

last_week as (

    select max(week_start) as week_start from state_sizes_by_city

)

select
    sizes.home_city,
    sizes.week_start,
    sum(sizes.n_users) as n_users,
    sum(sizes.n_riders) as n_riders,
    sum(sizes.n_rides) as n_rides,
    round(cast(sum(sizes.spend) as {{ type_exact() }}), 2) as spend,
    round(
        cast(
            {{ share(
                'sum(case when sizes.is_silent then sizes.n_users_as_known else 0 end)',
                'sum(sizes.n_users_as_known)'
            ) }} as {{ type_exact() }}
        ),
        3
    ) as silent_share_as_known
from state_sizes_by_city as sizes
cross join last_week
where sizes.week_start > {{ add_days('last_week.week_start', -7 * 26) }}
group by sizes.home_city, sizes.week_start
order by sizes.home_city, sizes.week_start
