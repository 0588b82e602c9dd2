{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start', 'of_features': true, 'of_states': true},
) }}
{#
    Requests and completed rides added up by week, state of the user, weekday and hour. Sums of
    closed weeks are kept.
#}
with

rides as (

    select * from {{ ref('int_rides') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

located as (

    select
        rides.week_start,
        user_weekly_states.state_id,
        cast({{ iso_weekday('rides.requested_at_local') }} as {{ dbt.type_int() }})
            as iso_weekday,
        cast({{ hour_of_day('rides.requested_at_local') }} as {{ dbt.type_int() }})
            as hour_of_day,
        rides.is_completed
    from rides
    inner join user_weekly_states
        on
            rides.user_id = user_weekly_states.user_id
            and rides.week_start = user_weekly_states.week_start
    where
        {{ is_open_week('rides.week_start', of_features=true, of_states=true) }}
        and {{ is_open_week(
            'user_weekly_states.week_start', of_features=true, of_states=true
        ) }}

),

summed as (

    select
        week_start,
        state_id,
        iso_weekday,
        hour_of_day,
        count(*) as n_requests,
        count(case when is_completed then 1 end) as n_rides
    from located
    group by week_start, state_id, iso_weekday, hour_of_day

)

select * from summed
