with

source as (

    select * from {{ source('propensity', 'points') }}

),

selected as (

    select
        run_id,
        class_number,
        feature,
        point_number,
        value,
        contribution
    from source

)

select * from selected
