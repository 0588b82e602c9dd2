{# What people are up to in each phase: its steps, and how it begins and ends. #}
with

champion as (

    select * from {{ ref('stg_journeys__champion') }}

),

phases as (

    select * from {{ ref('stg_journeys__phases') }}

),

phase_steps as (

    select * from {{ ref('stg_journeys__phase_steps') }}

),

listed as (

    select
        phases.phase_id,
        phases.phase_name,
        phases.step_share,
        phases.start_share,
        phases.exit_share,
        phase_steps.step,
        phase_steps.share,
        phase_steps.lift
    from champion
    inner join phases
        on champion.run_id = phases.run_id
    inner join phase_steps
        on
            phases.run_id = phase_steps.run_id
            and phases.phase_id = phase_steps.phase_id

)

select * from listed
