with

source as (

    select * from {{ source('journeys', 'fits') }}

),

selected as (

    select
        run_id,
        n_sessions,
        n_held_out,
        n_types,
        n_phases,
        sentence
    from source

)

select * from selected
