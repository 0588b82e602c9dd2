with

source as (

    select * from {{ source('journeys', 'phases') }}

),

selected as (

    select
        run_id,
        phase_id,
        phase_name,
        step_share,
        start_share,
        exit_share
    from source

)

select * from selected
