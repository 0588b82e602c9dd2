with

source as (

    select * from {{ source('hmm', 'backtest_differences') }}

),

selected as (

    select
        backtest_id,
        target,
        rival,
        measure,
        difference,
        low,
        high
    from source

)

select * from selected
