with

source as (

    select * from {{ source('hmm', 'backtest_scores') }}

),

selected as (

    select
        backtest_id,
        origin_week_start,
        model,
        is_published,
        n_users,
        n_user_weeks,
        n_riders,
        mean_probability,
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
