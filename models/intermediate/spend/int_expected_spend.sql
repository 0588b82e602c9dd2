{#
    Spend that user_outlook expects of all users and of users by weeks since their last
    ride, beside the spend that followed past weeks, as int_expected_rides has rides. Null
    in a log without prices.
#}
with

ahead_sums as (

    select * from {{ ref('int_ahead_sums') }}

),

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

user_forecasts as (

    select * from {{ ref('int_user_spend_forecasts') }}

),

{{ beside_past_weeks('spend') }}

select * from judged
