with

source as (

    select * from {{ source('register', 'champions') }}
    where model = 'personas'

),

selected as (

    select
        run_id,
        promoted_at,
        is_forced
    from source

)

select * from selected
