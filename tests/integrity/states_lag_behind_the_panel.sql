{{ config(severity='warn', fail_calc='coalesce(sum(n_users), 0)') }}
{#
    Weeks of the panel that the champion has not decoded, and how many users that
    concerns; what is counted are user-weeks. Run scripts/fit_hmm.py, and build the
    marts again.

    Without a champion nothing can lag, and the test passes.
#}
with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

state_assignments as (

    select * from {{ ref('stg_hmm__state_assignments') }}

),

champion_assignments as (

    select state_assignments.*
    from state_assignments
    inner join champion
        on state_assignments.run_id = champion.run_id

),

undecoded as (

    select
        user_week_panel.week_start,
        count(*) as n_users
    from user_week_panel
    cross join champion
    left join champion_assignments
        on
            user_week_panel.user_id = champion_assignments.user_id
            and user_week_panel.week_start = champion_assignments.week_start
    where
        user_week_panel.has_completed_ride
        and champion_assignments.user_id is null
    group by user_week_panel.week_start

)

select * from undecoded
