with

source as (

    select * from {{ source('journeys', 'phase_steps') }}

),

selected as (

    select
        run_id,
        phase_id,
        step,
        share,
        lift
    from source

)

select * from selected
