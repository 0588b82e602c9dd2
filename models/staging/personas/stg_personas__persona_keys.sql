with

source as (

    select * from {{ source('register', 'segment_keys') }}
    where model = 'personas'

),

selected as (

    select
        segment_key as persona_key,
        minted_by_run_id,
        minted_at,
        current_name,
        first_description
    from source

)

select * from selected
