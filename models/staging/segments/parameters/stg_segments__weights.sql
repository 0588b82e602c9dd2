with

source as (

    select * from {{ source('segments', 'weights') }}

),

selected as (

    select
        run_id,
        segment_id,
        weight
    from source

)

select * from selected
