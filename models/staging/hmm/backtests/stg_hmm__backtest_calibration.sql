with

source as (

    select * from {{ source('hmm', 'backtest_calibration') }}

),

selected as (

    select
        backtest_id,
        target,
        model,
        bin,
        n_user_weeks,
        mean_forecast,
        mean_outcome
    from source

)

select * from selected
