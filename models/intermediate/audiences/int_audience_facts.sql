{#
    What is known of each user as of the newest week, as far as audiences ask for it.
    Only users who have an outlook of that week: before the first fit nobody.
#}
with

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

user_outlook as (

    select * from {{ ref('user_outlook') }}

),

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

ride_weeks as (

    select * from {{ ref('int_user_ride_weeks') }}

),

users as (

    select * from {{ ref('users') }}

),

-- The panel's own count is capped where a user has lapsed.
last_rides as (

    select
        user_id,
        max(week_start) as week_start
    from ride_weeks
    group by user_id

),

joined as (

    select
        user_outlook.user_id,
        user_outlook.as_of_week_start,
        user_outlook.state_key,
        users.home_city,
        user_outlook.ride_probability_next_week,
        user_outlook.ride_probability_4_weeks,
        user_outlook.expected_rides_4_weeks,
        user_outlook.expected_weeks_until_lapse,
        {{ weeks_between('last_rides.week_start', 'as_of_week.as_of_week_start') }}
            as weeks_since_last_ride,
        user_week_panel.weeks_on_platform,
        users.lifetime_rides,
        user_outlook.run_id
    from user_outlook
    inner join as_of_week
        on user_outlook.as_of_week_start = as_of_week.as_of_week_start
    inner join user_week_panel
        on
            user_outlook.user_id = user_week_panel.user_id
            and user_outlook.as_of_week_start = user_week_panel.week_start
    inner join last_rides
        on user_outlook.user_id = last_rides.user_id
    inner join users
        on user_outlook.user_id = users.user_id

)

select * from joined
