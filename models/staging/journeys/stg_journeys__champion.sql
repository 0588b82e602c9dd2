with

source as (

    select * from {{ source('register', 'champions') }}
    where model = 'journeys'

),

selected as (

    select
        run_id,
        promoted_at
    from source

)

select * from selected
