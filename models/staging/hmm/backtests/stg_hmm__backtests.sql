with

source as (

    select * from {{ source('hmm', 'backtests') }}

),

selected as (

    select
        backtest_id,
        created_at,
        first_origin_week_start,
        last_origin_week_start,
        refresh_weeks,
        n_users,
        n_user_weeks,
        settings,
        versions
    from source

)

select * from selected
