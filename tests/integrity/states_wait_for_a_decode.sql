{{ config(severity='warn', warn_if='> 13') }}
{#
    The newest weeks, in which states are filtered and not decoded, once there are more of
    them than a quarter has. What is known of a week improves with the weeks after it, and
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

)

select * from waiting
