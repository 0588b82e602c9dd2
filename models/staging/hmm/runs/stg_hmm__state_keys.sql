with

source as (

    select * from {{ source('hmm', 'state_keys') }}

),

selected as (

    select
        state_key,
        minted_by_run_id,
        minted_at,
        current_name,
        first_description
    from source

)

select * from selected
