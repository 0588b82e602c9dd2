with

source as (

    select * from {{ source('propensity', 'reasons') }}

),

selected as (

    select
        run_id,
        as_of_week_start,
        customer_id,
        class_number,
        feature,
        contribution
    from source

)

select * from selected
