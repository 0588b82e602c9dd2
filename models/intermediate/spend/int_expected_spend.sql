{#
    Spend that user_outlook expects of all users and of users by weeks since their last
    ride, beside the spend that followed past weeks, as int_expected_rides has rides. Null
    in a log without prices.
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

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

log_prices as (

    select count(spend) > 0 as has_prices from request_weeks

),

user_forecasts as (

    select * from {{ ref('int_user_spend_forecasts') }}

),

newest_weeks as (

    select
        user_week_panel.user_id,
        user_week_panel.week_start,
        user_week_panel.weeks_since_last_ride,
        case
            when log_prices.has_prices then coalesce(request_weeks.spend, 0)
        end as amount,
        {{ weeks_between('user_week_panel.week_start', 'as_of_week.as_of_week_start') }}
            as weeks_ago
    from user_week_panel
    cross join as_of_week
    cross join log_prices
    left join request_weeks
        on
            user_week_panel.user_id = request_weeks.user_id
            and user_week_panel.week_start = request_weeks.week_start
    where
        user_week_panel.has_completed_ride
        and user_week_panel.week_start
        >= {{ add_days(
            'as_of_week.as_of_week_start', -7 * (past_weeks + spans['12_weeks'] - 1)
        ) }}

),

{{ beside_past_weeks('spend', spans, past_weeks) }}

select * from judged
