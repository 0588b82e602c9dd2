with

source as (

    select * from {{ source('hmm', 'backtest_scores') }}

),

selected as (

    select
        backtest_id,
        target,
        origin_week_start,
        model,
        is_published,
        is_rival,
        n_users,
        n_user_weeks,
        n_riders,
        mean_forecast,
        mean_outcome,
        log_loss,
        brier_score,
        auc,
        calibration_intercept,
        calibration_slope,
        calibration_error,
        lift_top_tenth
    from source

)

select * from selected
