{#
    How well each model forecast each target, origin by origin. A model knows
    the weeks up to the origin, and learned from the weeks up to the refresh before
    it.
#}
with

backtest_scores as (

    select * from {{ ref('stg_hmm__backtest_scores') }}

),

backtest_refreshes as (

    select * from {{ ref('stg_hmm__backtest_refreshes') }}

),

newest_backtest as (

    select * from {{ ref('int_newest_backtest') }}

),

scores as (

    select backtest_scores.*
    from backtest_scores
    inner join newest_backtest
        on backtest_scores.backtest_id = newest_backtest.backtest_id
    where backtest_scores.origin_week_start is not null

),

refreshed as (

    select
        scores.origin_week_start,
        max(backtest_refreshes.origin_week_start) as learned_until_week_start
    from scores
    inner join backtest_refreshes
        on
            scores.backtest_id = backtest_refreshes.backtest_id
            and scores.origin_week_start >= backtest_refreshes.origin_week_start
    group by scores.origin_week_start

),

combined as (

    select
        scores.target,
        scores.origin_week_start,
        scores.model,
        refreshed.learned_until_week_start,
        backtest_refreshes.n_states,
        scores.n_users,
        scores.n_user_weeks,
        scores.n_riders,
        scores.mean_forecast,
        scores.mean_outcome,
        {{ share('scores.mean_forecast', 'scores.mean_outcome') }}
            as forecast_ratio,
        scores.log_loss,
        scores.brier_score,
        scores.auc,
        scores.calibration_intercept,
        scores.calibration_slope,
        scores.calibration_error,
        scores.lift_top_tenth,
        scores.is_published,
        scores.is_rival,
        backtest_refreshes.has_passed_guards,
        scores.backtest_id
    from scores
    inner join refreshed
        on scores.origin_week_start = refreshed.origin_week_start
    inner join backtest_refreshes
        on
            scores.backtest_id = backtest_refreshes.backtest_id
            and refreshed.learned_until_week_start
            = backtest_refreshes.origin_week_start

)

select * from combined
