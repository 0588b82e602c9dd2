with

source as (

    select * from {{ source('journeys', 'phase_moves') }}

),

selected as (

    select
        run_id,
        from_phase_id,
        to_phase_id,
        probability
    from source

)

select * from selected
