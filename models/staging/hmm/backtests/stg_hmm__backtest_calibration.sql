with

source as (

    select * from {{ source('hmm', 'backtest_calibration') }}

),

selected as (

    select
        backtest_id,
        model,
        bin,
        n_user_weeks,
        mean_probability,
        observed_share
    from source

)

select * from selected
