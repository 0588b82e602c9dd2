{{ config(severity='warn', fail_calc='coalesce(sum(n_users), 0)') }}
{#
    Counts user-weeks of the panel without a state, neither decoded nor filtered. A full
    build gives every week a state, so something was built without the rest: run a full
    build.

    Without a champion nothing can lag, and the test passes.
#}
with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}
    where {{ is_tested_week('week_start', of_states=true) }}

),

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}
    where {{ is_tested_week('week_start', of_states=true) }}

),

stateless as (

    select
        user_week_panel.week_start,
        count(*) as n_users
    from user_week_panel
    cross join champion
    left join user_weekly_states
        on
            user_week_panel.user_id = user_weekly_states.user_id
            and user_week_panel.week_start = user_weekly_states.week_start
    where user_weekly_states.user_id is null
    group by user_week_panel.week_start

)

select * from stateless
