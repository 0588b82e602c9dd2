with

source as (

    select * from {{ source('propensity', 'features') }}

),

selected as (

    select
        run_id,
        feature,
        feature_number,
        transform,
        fill,
        mean,
        typical_value,
        importance
    from source

)

select * from selected
