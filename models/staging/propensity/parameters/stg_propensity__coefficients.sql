with

source as (

    select * from {{ source('propensity', 'coefficients') }}

),

selected as (

    select
        run_id,
        class_number,
        feature,
        coefficient
    from source

)

select * from selected
