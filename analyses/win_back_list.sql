{#
    Users to win back: they were in the most active state once, and have had no ride for
    as many weeks as the var `lapse_after_weeks` says. Those who were there longest come
    first.
#}
with

states as (

    select * from {{ ref('states') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

users as (

    select * from {{ ref('users') }}

),

ranked as (

    select
        state_id,
        row_number() over (order by mean_rides desc, state_id asc)
            as activity_rank
    from states
    where state_id > 0 and n_user_weeks > 0

),

last_week as (

    select max(week_start) as week_start from user_weekly_states

),

summarised as (

    select
        user_weekly_states.user_id,
        count(case when ranked.activity_rank = 1 then 1 end)
            as n_weeks_in_top_state,
        max(
            case
                when ranked.activity_rank = 1 then user_weekly_states.week_start
            end
        ) as last_week_in_top_state,
        max(
            case
                when user_weekly_states.is_active
                    then user_weekly_states.week_start
            end
        ) as last_active_week
    from user_weekly_states
    left join ranked
        on user_weekly_states.state_id = ranked.state_id
    group by user_weekly_states.user_id

),

lapsed as (

    select
        summarised.*,
        {{ weeks_between('summarised.last_active_week', 'last_week.week_start') }}
            as weeks_since_last_ride
    from summarised
    cross join last_week

)

select
    lapsed.user_id,
    users.home_city,
    users.platform,
    lapsed.n_weeks_in_top_state,
    lapsed.last_week_in_top_state,
    lapsed.weeks_since_last_ride,
    users.lifetime_rides,
    round(cast(users.lifetime_spend as {{ type_exact() }}), 2) as lifetime_spend
from lapsed
inner join users
    on lapsed.user_id = users.user_id
where
    lapsed.n_weeks_in_top_state > 0
    -- Weeks without a ride, not without a request as in has_lapsed.
    and lapsed.weeks_since_last_ride >= {{ var('lapse_after_weeks') }}
order by
    lapsed.n_weeks_in_top_state desc, users.lifetime_spend desc, lapsed.user_id asc
