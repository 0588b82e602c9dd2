with

source as (

    select * from {{ source('propensity', 'calibration') }}

),

selected as (

    select
        run_id,
        class_number,
        step_number,
        slope,
        intercept,
        begins,
        rate
    from source

)

select * from selected
