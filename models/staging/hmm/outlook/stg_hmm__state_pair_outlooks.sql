with

source as (

    select * from {{ source('hmm', 'state_pair_outlooks') }}

),

selected as (

    select
        run_id,
        from_state_id,
        to_state_id,
        measure,
        value,
        low,
        high
    from source

)

select * from selected
