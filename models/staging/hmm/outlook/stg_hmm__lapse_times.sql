with

source as (

    select * from {{ source('hmm', 'lapse_times') }}

),

selected as (

    select
        run_id,
        level_id,
        state_id,
        n_silent_weeks,
        expected_weeks
    from source

)

select * from selected
