{#
    The states together hold every user of the last week, every user-week and every ride.
    Without a champion both sides are empty and the totals are zero.
#}
with

states as (

    select * from {{ ref('states') }}

),

user_weekly_states as {{ read_each_time() }} (

    select * from {{ ref('user_weekly_states') }}

),

last_week as (

    select max(week_start) as week_start from user_weekly_states

),

added as (

    select
        coalesce(sum(n_users), 0) as n_users,
        coalesce(sum(n_user_weeks), 0) as n_user_weeks,
        coalesce(sum(n_rides_all_weeks), 0) as n_rides
    from states

),

expected as (

    select
        count(
            case when weeks.week_start = last_week.week_start then 1 end
        ) as n_users,
        count(weeks.user_id) as n_user_weeks,
        coalesce(sum(weeks.n_rides), 0) as n_rides
    from last_week
    left join user_weekly_states as weeks
        on last_week.week_start >= weeks.week_start

),

compared as (

    select
        added.n_users,
        added.n_user_weeks,
        added.n_rides,
        expected.n_users as expected_users,
        expected.n_user_weeks as expected_user_weeks,
        expected.n_rides as expected_rides
    from added
    cross join expected
    where
        added.n_users <> expected.n_users
        or added.n_user_weeks <> expected.n_user_weeks
        or added.n_rides <> expected.n_rides

)

select * from compared
