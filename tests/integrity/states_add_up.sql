{#
    The states together hold every user of the last week, every user-week, and every
    ride. Without a champion both sides are empty, and the totals zero.
#}
with

states as (

    select * from {{ ref('states') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

totals as (

    select
        (select coalesce(sum(n_users), 0) from states) as n_users,
        (select coalesce(sum(n_user_weeks), 0) from states) as n_user_weeks,
        (select coalesce(sum(n_rides), 0) from states) as n_rides,
        (
            select count(distinct user_id)
            from user_weekly_states
            where week_start = (select max(week_start) from user_weekly_states)
        ) as expected_users,
        (select count(*) from user_weekly_states) as expected_user_weeks,
        (select coalesce(sum(n_rides), 0) from user_weekly_states)
            as expected_rides

)

select * from totals
where
    n_users <> expected_users
    or n_user_weeks <> expected_user_weeks
    or n_rides <> expected_rides
