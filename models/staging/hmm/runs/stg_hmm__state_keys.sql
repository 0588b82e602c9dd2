with

source as (

    select * from {{ source('hmm', 'state_keys') }}

),

selected as (

    select
        state_key,
        minted_by_run_id,
        minted_at,
        name as minted_name,
        description as minted_description
    from source

)

select * from selected
