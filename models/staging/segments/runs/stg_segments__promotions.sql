with

source as (

    select * from {{ source('register', 'promotions') }}
    where model = 'customer_segments'

),

selected as (

    select
        promotion_number,
        run_id,
        previous_run_id,
        promoted_at,
        action,
        is_forced
    from source

)

select * from selected
