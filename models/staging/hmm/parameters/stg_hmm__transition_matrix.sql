with

source as (

    select * from {{ source('hmm', 'transition_matrix') }}

),

selected as (

    select
        run_id,
        from_state_id,
        to_state_id,
        probability,
        expected_moves
    from source

)

select * from selected
