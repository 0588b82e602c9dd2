{#
    Everything about each user now, in one wide row: for lists, filters and exports. The
    state is the one as known at the end of the as-of week, as in user_outlook, and so
    is the time since when.
#}
with

known_states as (

    select * from {{ ref('int_user_known_states') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

users as (

    select * from {{ ref('users') }}

),

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

feature_sources as (

    select * from {{ ref('int_feature_sources') }}

),

user_outlook as (

    select * from {{ ref('user_outlook') }}

),

current_states as (

    select
        known_states.user_id,
        known_states.state_id,
        known_states.week_start
    from known_states
    inner join as_of_week
        on known_states.week_start = as_of_week.as_of_week_start

),

-- Since the week after the last one in another state, as far back as states are known.
entries as (

    select
        known_states.user_id,
        coalesce(
            {{ add_days(
                'max(case when known_states.state_id <> current_states.state_id'
                ~ ' then known_states.week_start end)', 7
            ) }},
            min(known_states.week_start)
        ) as state_since_week_start
    from known_states
    inner join current_states
        on known_states.user_id = current_states.user_id
    group by known_states.user_id

),

recent as (

    select
        request_weeks.user_id,
        sum(request_weeks.n_rides) as n_rides,
        sum(request_weeks.spend) as spend
    from request_weeks
    cross join as_of_week
    where
        request_weeks.week_start
        > {{ add_days('as_of_week.as_of_week_start', -7 * 12) }}
    group by request_weeks.user_id

),

listed as (

    select
        current_states.user_id,
        current_states.week_start as as_of_week_start,
        states.state_id,
        states.state_key,
        states.state_name,
        states.state_short_name,
        states.state_sort_name,
        states.is_silent,
        entries.state_since_week_start,
        {{ weeks_between(
            'entries.state_since_week_start', 'current_states.week_start'
        ) }} + 1 as n_weeks_in_state,
        users.home_city,
        users.home_country,
        users.platform,
        users.payment_mode,
        users.first_ride_week_start,
        users.last_ride_week_start,
        users.weeks_since_first_ride,
        users.weeks_since_last_completed_ride,
        users.lifetime_rides,
        users.lifetime_spend,
        cast(coalesce(recent.n_rides, 0) as {{ dbt.type_bigint() }})
            as n_rides_12_weeks,
        cast(
            case when feature_sources.has_price then coalesce(recent.spend, 0) end
            as {{ type_double() }}
        ) as spend_12_weeks,
        user_outlook.user_level,
        user_outlook.ride_probability_next_week,
        user_outlook.ride_probability_4_weeks,
        user_outlook.expected_rides_next_week,
        user_outlook.expected_rides_4_weeks,
        user_outlook.expected_rides_12_weeks,
        user_outlook.expected_rides_52_weeks,
        user_outlook.expected_spend_next_week,
        user_outlook.expected_spend_4_weeks,
        user_outlook.expected_spend_12_weeks,
        user_outlook.expected_spend_52_weeks,
        case
            when current_states.state_id = 0
                then 'The user has not completed a ride yet.'
            else user_outlook.why_no_expected_spend
        end as why_no_expected_spend,
        user_outlook.expected_weeks_until_lapse,
        user_outlook.proposed_state_key,
        user_outlook.proposed_state_name,
        states.run_id
    from current_states
    inner join users
        on current_states.user_id = users.user_id
    inner join states
        on current_states.state_id = states.state_id
    inner join entries
        on current_states.user_id = entries.user_id
    cross join feature_sources
    left join recent
        on current_states.user_id = recent.user_id
    left join user_outlook
        on
            current_states.user_id = user_outlook.user_id
            and current_states.week_start = user_outlook.as_of_week_start

)

select * from listed
