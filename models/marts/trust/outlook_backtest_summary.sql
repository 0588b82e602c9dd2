{#
    How well each model forecast each target over all origins, and how much better the
    published forecasts were.
#}
with

backtest_scores as (

    select * from {{ ref('stg_hmm__backtest_scores') }}

),

backtest_differences as (

    select * from {{ ref('stg_hmm__backtest_differences') }}

),

newest_backtest as (

    select * from {{ ref('int_newest_backtest') }}

),

-- A target several weeks ahead has fewer origins.
origins as (

    select
        backtest_id,
        target,
        model,
        min(origin_week_start) as first_origin_week_start,
        max(origin_week_start) as last_origin_week_start,
        min({{ share('mean_forecast', 'mean_outcome') }}) as least_forecast_ratio,
        max({{ share('mean_forecast', 'mean_outcome') }}) as greatest_forecast_ratio
    from backtest_scores
    where origin_week_start is not null
    group by backtest_id, target, model

),

gains as (

    select
        backtest_id,
        target,
        rival,
        max(case when measure = 'log_loss' then difference end)
            as log_loss_gain,
        max(case when measure = 'log_loss' then low end)
            as log_loss_gain_low,
        max(case when measure = 'log_loss' then high end)
            as log_loss_gain_high,
        max(case when measure = 'brier_score' then difference end)
            as brier_gain,
        max(case when measure = 'brier_score' then low end)
            as brier_gain_low,
        max(case when measure = 'brier_score' then high end)
            as brier_gain_high,
        max(case when measure = 'auc' then difference end)
            as auc_gain,
        max(case when measure = 'auc' then low end)
            as auc_gain_low,
        max(case when measure = 'auc' then high end)
            as auc_gain_high
    from backtest_differences
    group by backtest_id, target, rival

),

combined as (

    select
        scores.target,
        scores.model,
        origins.first_origin_week_start,
        origins.last_origin_week_start,
        scores.n_users,
        scores.n_user_weeks,
        scores.n_riders,
        scores.mean_forecast,
        scores.mean_outcome,
        {{ share('scores.mean_forecast', 'scores.mean_outcome') }}
            as forecast_ratio,
        origins.least_forecast_ratio,
        origins.greatest_forecast_ratio,
        scores.log_loss,
        scores.brier_score,
        scores.auc,
        scores.calibration_intercept,
        scores.calibration_slope,
        scores.calibration_error,
        scores.lift_top_tenth,
        gains.log_loss_gain,
        gains.log_loss_gain_low,
        gains.log_loss_gain_high,
        gains.brier_gain,
        gains.brier_gain_low,
        gains.brier_gain_high,
        gains.auc_gain,
        gains.auc_gain_low,
        gains.auc_gain_high,
        scores.is_published,
        scores.is_rival,
        scores.backtest_id
    from backtest_scores as scores
    inner join newest_backtest
        on scores.backtest_id = newest_backtest.backtest_id
    inner join origins
        on
            scores.backtest_id = origins.backtest_id
            and scores.target = origins.target
            and scores.model = origins.model
    left join gains
        on
            scores.backtest_id = gains.backtest_id
            and scores.target = gains.target
            and scores.model = gains.rival
    where scores.origin_week_start is null

)

select * from combined
