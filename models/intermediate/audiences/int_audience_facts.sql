{#
    The facts about each user that rules of audiences can use, as of the newest week.
    Only users with a forecast have them: before the first fit nobody does.
#}
with

forecasts as (

    select * from {{ ref('int_user_forecasts') }}

),

spend_forecasts as (

    select * from {{ ref('int_user_spend_forecasts') }}

),

user_week_panel as {{ read_each_time() }} (

    select * from {{ ref('user_week_panel') }}

),

ride_history as (

    select * from {{ ref('int_user_ride_history') }}

),

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

attributes as (

    select * from {{ ref('int_user_attributes') }}

),

ride_counts as (

    select
        user_id,
        cast(sum(n_rides) as {{ dbt.type_bigint() }}) as lifetime_rides
    from request_weeks
    group by user_id

),

-- What is usual is the mean of the 22 weeks before the last four, from the week of the
-- first completed ride on.
earlier_weeks as (

    select
        user_week_panel.user_id,
        count(*) as n_weeks,
        cast(sum(user_week_panel.n_rides) as {{ type_double() }}) * 4 / count(*)
            as usual_rides
    from user_week_panel
    inner join ride_history
        on user_week_panel.user_id = ride_history.user_id
    where
        user_week_panel.has_completed_ride
        and user_week_panel.week_start
        <= {{ add_days('ride_history.as_of_week_start', -7 * 4) }}
        and user_week_panel.week_start
        > {{ add_days('ride_history.as_of_week_start', -7 * 26) }}
    group by user_week_panel.user_id

),

busiest_weeks as (

    select
        user_week_panel.user_id,
        max(user_week_panel.n_rides) as most_rides_in_a_week
    from user_week_panel
    inner join ride_history
        on user_week_panel.user_id = ride_history.user_id
    where
        user_week_panel.week_start
        > {{ add_days('ride_history.as_of_week_start', -7 * 8) }}
    group by user_week_panel.user_id

),

joined as (

    select
        forecasts.user_id,
        forecasts.as_of_week_start,
        forecasts.state_key,
        forecasts.state_name,
        attributes.home_city,
        attributes.platform,
        attributes.time_zone,
        forecasts.ride_probability_next_week,
        forecasts.ride_probability_4_weeks,
        forecasts.expected_rides_4_weeks,
        spend_forecasts.expected_spend_4_weeks,
        forecasts.expected_weeks_until_lapse,
        ride_history.weeks_since_last_ride,
        user_week_panel.weeks_on_platform,
        ride_counts.lifetime_rides,
        ride_history.n_rides_last_4_weeks as rides_last_4_weeks,
        busiest_weeks.most_rides_in_a_week,
        forecasts.run_id,
        case
            when earlier_weeks.n_weeks >= 8
                then
                    ride_history.n_rides_last_4_weeks
                    / nullif(earlier_weeks.usual_rides, 0)
        end as rides_over_usual
    from forecasts
    inner join user_week_panel
        on
            forecasts.user_id = user_week_panel.user_id
            and forecasts.as_of_week_start = user_week_panel.week_start
    -- Weeks since the last ride are from the ride history, because the panel caps them.
    inner join ride_history
        on forecasts.user_id = ride_history.user_id
    inner join ride_counts
        on forecasts.user_id = ride_counts.user_id
    left join spend_forecasts
        on forecasts.user_id = spend_forecasts.user_id
    left join busiest_weeks
        on forecasts.user_id = busiest_weeks.user_id
    left join earlier_weeks
        on forecasts.user_id = earlier_weeks.user_id
    left join attributes
        on forecasts.user_id = attributes.user_id

)

select * from joined
