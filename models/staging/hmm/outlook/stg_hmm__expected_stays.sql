with

source as (

    select * from {{ source('hmm', 'expected_stays') }}

),

selected as (

    select
        run_id,
        state_id,
        n_weeks,
        n_at_risk,
        n_left
    from source

)

select * from selected
