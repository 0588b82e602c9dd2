{#
    When users of each state ask for rides: every hour of the week for every state. An
    hour without a request is a zero, not a gap.
#}
with

rides as (

    select * from {{ ref('int_rides') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

located as (

    select
        user_weekly_states.state_id,
        rides.is_completed,
        cast({{ iso_weekday('rides.requested_at_local') }} as integer)
            as iso_weekday,
        cast({{ hour_of_day('rides.requested_at_local') }} as integer)
            as hour_of_day
    from rides
    inner join user_weekly_states
        on
            rides.user_id = user_weekly_states.user_id
            and rides.week_start = user_weekly_states.week_start

),

counted as (

    select
        state_id,
        iso_weekday,
        hour_of_day,
        count(*) as n_requests,
        count(case when is_completed then 1 end) as n_rides
    from located
    group by state_id, iso_weekday, hour_of_day

),

spined as (

    select
        states.*,
        hours.hour_of_day,
        days.days_after_monday + 1 as iso_weekday
    from states
    {{ expanded(7, 'days', 'days_after_monday') }}
    {{ expanded(24, 'hours', 'hour_of_day') }}

),

compared as (

    select
        spined.state_id,
        spined.state_key,
        spined.state_name,
        spined.state_sort_name,
        spined.iso_weekday,
        spined.hour_of_day,
        coalesce(counted.n_requests, 0) as n_requests,
        coalesce(counted.n_rides, 0) as n_rides,
        {{ share(
            'coalesce(counted.n_requests, 0)',
            'sum(counted.n_requests) over (partition by spined.state_id)'
        ) }} as request_share,
        {{ share(
            'sum(coalesce(counted.n_requests, 0))'
            ~ ' over (partition by spined.iso_weekday, spined.hour_of_day)',
            'sum(counted.n_requests) over ()'
        ) }} as request_share_of_everyone,
        spined.run_id
    from spined
    left join counted
        on
            spined.state_id = counted.state_id
            and spined.iso_weekday = counted.iso_weekday
            and spined.hour_of_day = counted.hour_of_day

)

select * from compared
