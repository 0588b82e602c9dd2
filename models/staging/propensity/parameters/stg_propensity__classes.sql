with

source as (

    select * from {{ source('propensity', 'classes') }}

),

selected as (

    select
        run_id,
        class_number,
        class_name,
        base_rate,
        score_base,
        is_forecast
    from source

)

select * from selected
