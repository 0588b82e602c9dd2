{#
    Where did the users of each state come from over one, four and twelve weeks, and how many
    joined? As known at the end of both weeks.
#}
with

flows as (

    select * from {{ ref('state_flows_by_city_and_platform') }}

),

summed as (

    select
        weeks_apart,
        to_state_sort_name,
        from_state_sort_name,
        sum(n_users) as n_users
    from flows
    group by weeks_apart, to_state_sort_name, from_state_sort_name

)

select
    weeks_apart,
    to_state_sort_name as now_in,
    from_state_sort_name as then_in,
    n_users,
    round(
        cast(
            {{ share(
                'n_users', 'sum(n_users) over (partition by weeks_apart, to_state_sort_name)'
            ) }} as {{ type_exact() }}
        ),
        3
    ) as share_of_users_now
from summed
order by weeks_apart asc, to_state_sort_name asc, n_users desc
