with

source as (

    select * from {{ source('hmm', 'backtest_sums') }}

),

selected as (

    select
        backtest_id,
        target,
        origin_week_start,
        state_key,
        n_users,
        expected,
        observed,
        is_learned
    from source

)

select * from selected
