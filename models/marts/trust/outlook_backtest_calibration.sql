with

backtest_calibration as (

    select * from {{ ref('stg_hmm__backtest_calibration') }}

),

newest_backtest as (

    select * from {{ ref('int_newest_backtest') }}

),

calibrated as (

    select
        backtest_calibration.target,
        backtest_calibration.model,
        backtest_calibration.bin,
        backtest_calibration.n_user_weeks,
        backtest_calibration.mean_forecast,
        backtest_calibration.mean_outcome,
        backtest_calibration.backtest_id
    from backtest_calibration
    inner join newest_backtest
        on backtest_calibration.backtest_id = newest_backtest.backtest_id

)

select * from calibrated
