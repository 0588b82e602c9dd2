{#
    How the sizes of the states changed over 12 weeks: then, now, and the smallest and
    largest in between. "Now" is the last settled week. Newer weeks have little
    hindsight, and states that only show in later weeks, such as silence, would seem to
    shrink. The size as known at the end of the newest week stands beside it, with its change since
    the week before.
#}
with

state_sizes as (

    select * from {{ ref('state_sizes') }}

),

last_weeks as (

    select
        max(week_start) as newest_week_start,
        max(case when is_settled then week_start end) as settled_week_start
    from state_sizes

),

dated as (

    select
        state_sizes.state_id,
        state_sizes.state_name,
        state_sizes.n_users,
        state_sizes.user_share,
        state_sizes.n_users_as_known,
        last_weeks.settled_week_start,
        {{ weeks_between(
            'state_sizes.week_start', 'last_weeks.settled_week_start'
        ) }} as weeks_before_settled,
        {{ weeks_between(
            'state_sizes.week_start', 'last_weeks.newest_week_start'
        ) }} as weeks_ago
    from state_sizes
    cross join last_weeks

),

compared as (

    select
        state_id,
        state_name,
        settled_week_start,
        max(case when weeks_before_settled = 12 then n_users end) as n_users_then,
        max(case when weeks_before_settled = 0 then n_users end) as n_users_now,
        min(case when weeks_before_settled >= 0 then n_users end) as least_users,
        max(case when weeks_before_settled >= 0 then n_users end) as most_users,
        max(case when weeks_before_settled = 12 then user_share end) as share_then,
        max(case when weeks_before_settled = 0 then user_share end) as share_now,
        max(case when weeks_ago = 1 then n_users_as_known end)
            as n_users_known_before,
        max(case when weeks_ago = 0 then n_users_as_known end) as n_users_known_now
    from dated
    where weeks_before_settled <= 12
    group by state_id, state_name, settled_week_start

)

select
    state_name,
    settled_week_start as now_is_week_of,
    n_users_then,
    n_users_now,
    least_users,
    most_users,
    n_users_known_now as n_users_as_known_newest_week,
    n_users_now - n_users_then as n_more_users,
    round(cast(100 * (share_now - share_then) as {{ type_exact() }}), 1)
        as change_in_percentage_points,
    n_users_known_now - n_users_known_before as n_more_as_known_in_newest_week
from compared
order by state_id
