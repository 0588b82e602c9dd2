with

source as (

    select * from {{ source('segments', 'points') }}

),

selected as (

    select
        run_id,
        customer_id,
        segment_id,
        x,
        y
    from source

)

select * from selected
