with

source as (

    select * from {{ source('propensity', 'judged_weeks') }}

),

selected as (

    select
        run_id,
        class_number,
        as_of_week_start,
        n_customers,
        mean_forecast,
        observed_rate,
        calibration_error
    from source

)

select * from selected
