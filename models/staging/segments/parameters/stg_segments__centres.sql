with

source as (

    select * from {{ source('segments', 'centres') }}

),

selected as (

    select
        run_id,
        segment_id,
        feature,
        mean,
        variance
    from source

)

select * from selected
