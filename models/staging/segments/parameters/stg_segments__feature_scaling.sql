with

source as (

    select * from {{ source('register', 'feature_scaling') }}
    where model = 'customer_segments'

),

selected as (

    select
        run_id,
        feature,
        position as feature_position,
        transform,
        mean as centre,
        scale as spread,
        dropped_because
    from source

)

select * from selected
