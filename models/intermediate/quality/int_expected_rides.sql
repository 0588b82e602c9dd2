{#
    Rides that user_outlook expects of all users and of users by weeks since their last
    ride, beside the rides that followed past weeks: sums must look like those of the
    past.

    The past is the newest year, since many logs have seasons: after the busiest weeks
    of a year fewer rides follow than after any of the 13 weeks before.
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

    select * from {{ ref('int_user_forecasts') }}

),

{{ beside_past_weeks('rides') }}

select * from judged
