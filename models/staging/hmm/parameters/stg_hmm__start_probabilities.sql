with

source as (

    select * from {{ source('hmm', 'start_probabilities') }}

),

selected as (

    select
        run_id,
        state_id,
        probability
    from source

)

select * from selected
