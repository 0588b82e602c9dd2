{{ config(severity='warn') }}
{#
    Warns when more weeks than the seed quality_thresholds allows (by default a quarter of a
    year) have filtered states only. Decoding improves a week with the weeks after it, and
    the model ages: fit again.
#}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

runs as (

    select * from {{ ref('stg_hmm__runs') }}

),

waiting as (

    select
        user_weekly_states.week_start,
        count(*) as n_users
    from user_weekly_states
    inner join runs
        on
            user_weekly_states.run_id = runs.run_id
            and user_weekly_states.week_start > runs.last_week_start
    group by user_weekly_states.week_start

),

thresholds as (

    select * from {{ ref('quality_thresholds') }}

),

numbered as (

    select
        waiting.*,
        count(*) over () as n_weeks
    from waiting

),

too_many as (

    select numbered.*
    from numbered
    inner join thresholds
        on
            thresholds.check_name = 'weeks_without_decode'
            and numbered.n_weeks > thresholds.threshold

)

select * from too_many
