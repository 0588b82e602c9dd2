{#
    How the sizes of the states changed over the last 12 weeks: now, then, and the
    least and most in between.
#}
with

state_sizes as (

    select * from {{ ref('state_sizes') }}

),

last_week as (

    select max(week_start) as week_start from state_sizes

),

dated as (

    select
        state_sizes.state_id,
        state_sizes.state_name,
        state_sizes.n_users,
        state_sizes.user_share,
        {{ weeks_between('state_sizes.week_start', 'last_week.week_start') }}
            as weeks_ago
    from state_sizes
    cross join last_week

),

compared as (

    select
        state_id,
        state_name,
        max(case when weeks_ago = 0 then n_users end) as n_users_now,
        max(case when weeks_ago = 12 then n_users end) as n_users_then,
        min(n_users) as least_users,
        max(n_users) as most_users,
        max(case when weeks_ago = 0 then user_share end) as share_now,
        max(case when weeks_ago = 12 then user_share end) as share_then
    from dated
    where weeks_ago <= 12
    group by state_id, state_name

)

select
    state_name,
    n_users_then,
    n_users_now,
    least_users,
    most_users,
    n_users_now - n_users_then as n_more_users,
    round(cast(100 * (share_now - share_then) as numeric), 1)
        as change_in_percentage_points
from compared
order by state_id
