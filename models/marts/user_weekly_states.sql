{{ config(indexes=[{'columns': ['week_start', 'state_id']}]) }}

with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

runs as (

    select * from {{ ref('stg_hmm__runs') }}

),

state_assignments as (

    select * from {{ ref('stg_hmm__state_assignments') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

-- A week before the first completed ride has no evidence to decode. A week that
-- the champion has not decoded yet is left out, and counted by a test; for a week
-- after its last one that holds for everyone, or only those who have not started
-- would be in it.
placed as (

    select
        user_week_panel.user_id,
        user_week_panel.week_start,
        user_week_panel.is_active,
        user_week_panel.n_rides,
        user_week_panel.filled_from_week_start,
        champion.run_id,
        case
            when user_week_panel.has_completed_ride
                then state_assignments.state_id
            else 0
        end as state_id,
        case
            when user_week_panel.has_completed_ride
                then state_assignments.smoothed_probability
            else 1
        end as smoothed_probability
    from user_week_panel
    cross join champion
    inner join runs
        on
            champion.run_id = runs.run_id
            and user_week_panel.week_start <= runs.last_week_start
    left join state_assignments
        on
            champion.run_id = state_assignments.run_id
            and user_week_panel.user_id = state_assignments.user_id
            and user_week_panel.week_start = state_assignments.week_start

),

named as (

    select
        placed.user_id,
        placed.week_start,
        placed.state_id,
        states.state_key,
        states.state_name,
        placed.smoothed_probability,
        placed.n_rides,
        placed.is_active,
        placed.filled_from_week_start,
        placed.run_id
    from placed
    inner join states
        on placed.state_id = states.state_id

)

select * from named
