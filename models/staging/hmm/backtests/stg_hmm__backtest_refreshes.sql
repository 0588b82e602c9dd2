with

source as (

    select * from {{ source('hmm', 'backtest_refreshes') }}

),

selected as (

    select
        backtest_id,
        origin_week_start,
        n_states,
        n_training_users,
        n_training_user_weeks,
        has_passed_guards,
        choice
    from source

)

select * from selected
