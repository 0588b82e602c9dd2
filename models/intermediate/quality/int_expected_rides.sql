{#
    Rides that user_outlook expects of all users and of users by weeks since their last
    ride, beside the rides that followed past weeks: sums must look like those of the
    past.

    The past is the newest year, since many logs have seasons: after the busiest weeks
    of a year fewer rides follow than after any of the 13 weeks before.
#}
{% set past_weeks = 52 %}
{% set spans = {'next_week': 1, '12_weeks': 12} %}
with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

user_forecasts as (

    select * from {{ ref('int_user_forecasts') }}

),

newest_weeks as (

    select
        user_week_panel.user_id,
        user_week_panel.week_start,
        user_week_panel.weeks_since_last_ride,
        user_week_panel.n_rides as amount,
        {{ weeks_between('user_week_panel.week_start', 'as_of_week.as_of_week_start') }}
            as weeks_ago
    from user_week_panel
    cross join as_of_week
    where
        user_week_panel.has_completed_ride
        and user_week_panel.week_start
        >= {{ add_days(
            'as_of_week.as_of_week_start', -7 * (past_weeks + spans['12_weeks'] - 1)
        ) }}

),

{{ beside_past_weeks('rides', spans, past_weeks) }}

select * from judged
