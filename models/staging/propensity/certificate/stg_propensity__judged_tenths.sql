with

source as (

    select * from {{ source('propensity', 'judged_tenths') }}

),

selected as (

    select
        run_id,
        class_number,
        tenth,
        lowest,
        highest,
        n_rows,
        mean_forecast,
        observed_rate
    from source

)

select * from selected
