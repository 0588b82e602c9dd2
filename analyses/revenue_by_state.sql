{#
    Which state brings the revenue? Spend of the last 12 weeks, in the reporting
    currency, by the state that users were in when they spent it.
#}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

last_week as (

    select max(week_start) as week_start from user_weekly_states

),

spent as (

    select
        user_weekly_states.state_id,
        user_weekly_states.state_name,
        user_weekly_states.user_id,
        user_weekly_states.n_rides,
        coalesce(request_weeks.spend, 0) as spend
    from user_weekly_states
    cross join last_week
    left join request_weeks
        on
            user_weekly_states.user_id = request_weeks.user_id
            and user_weekly_states.week_start = request_weeks.week_start
    where
        user_weekly_states.week_start
        > {{ add_days('last_week.week_start', -7 * 12) }}

),

summed as (

    select
        state_id,
        state_name,
        count(distinct user_id) as n_users,
        count(*) as n_user_weeks,
        sum(n_rides) as n_rides,
        sum(spend) as spend
    from spent
    group by state_id, state_name

)

select
    state_name,
    n_users,
    n_rides,
    round(cast(spend as {{ type_exact() }}), 2) as spend,
    round(cast(spend / nullif(sum(spend) over (), 0) as {{ type_exact() }}), 3)
        as spend_share,
    round(cast(spend / n_user_weeks as {{ type_exact() }}), 2) as spend_per_user_week
from summed
order by spend desc, state_id asc
