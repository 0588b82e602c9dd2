with

backtests as (

    select * from {{ ref('stg_hmm__backtests') }}

),

-- Ids sort by time.
newest as (

    select max(backtest_id) as backtest_id from backtests
    having count(*) > 0

)

select * from newest
