with

source as (

    select * from {{ source('hmm', 'state_outlooks') }}

),

selected as (

    select
        run_id,
        state_id,
        measure,
        value,
        low,
        high
    from source

)

select * from selected
