{# How likely each phase follows each. #}
with

champion as (

    select * from {{ ref('stg_journeys__champion') }}

),

phase_moves as (

    select * from {{ ref('stg_journeys__phase_moves') }}

),

listed as (

    select
        phase_moves.from_phase_id,
        phase_moves.to_phase_id,
        phase_moves.probability
    from champion
    inner join phase_moves
        on champion.run_id = phase_moves.run_id

)

select * from listed
