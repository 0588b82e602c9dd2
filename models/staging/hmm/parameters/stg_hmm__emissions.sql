with

source as (

    select * from {{ source('hmm', 'emissions') }}

),

selected as (

    select
        run_id,
        state_id,
        feature,
        part,
        density,
        mean,
        variance,
        is_at_floor
    from source

)

select * from selected
