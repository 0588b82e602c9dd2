{#
    What becomes of new users? Of those with a first request in a month: how many ever
    completed a ride, rode again within four weeks, were ever in the most active state, and
    are not in a silent state now. Months whose users have not had four weeks yet show less.
    Without the first weeks of the log, whose users may have ridden before it began.
#}
with

users as (

    select * from {{ ref('users') }}

),

calendar as (

    select * from {{ ref('calendar') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

user_list as (

    select * from {{ ref('user_list') }}

),

states as (

    select * from {{ ref('states') }}

),

top_state as (

    select state_id
    from states
    where state_id > 0 and n_user_weeks > 0
    order by mean_rides desc, state_id asc
    limit 1

),

log_start as (

    select min(date_day) as first_week_start from calendar

),

reached as (

    select
        weekly.user_id,
        max(
            case when weekly.weeks_since_first_ride between 1 and 4 then 1 else 0 end
        ) as has_ridden_again,
        max(case when weekly.state_id = top_state.state_id then 1 else 0 end)
            as was_in_top_state
    from user_weekly_states as weekly
    cross join top_state
    where weekly.is_active
    group by weekly.user_id

)

select
    calendar.month_start as month_of_first_request,
    count(*) as n_new_users,
    count(users.first_ride_week_start) as n_with_a_ride,
    coalesce(sum(reached.has_ridden_again), 0) as n_riding_again_in_4_weeks,
    coalesce(sum(reached.was_in_top_state), 0) as n_ever_in_top_state,
    count(
        case
            when user_list.state_id > 0 and not user_list.is_silent then 1
        end
    ) as n_not_silent_now
from users
inner join calendar
    on users.first_request_week_start = calendar.date_day
cross join log_start
left join reached
    on users.user_id = reached.user_id
left join user_list
    on users.user_id = user_list.user_id
where
    not {{ is_start_of_log('calendar.date_day', 'log_start.first_week_start') }}
group by calendar.month_start
order by calendar.month_start
