with

source as (

    select * from {{ source('hmm', 'candidates') }}

),

selected as (

    select
        run_id,
        n_states,
        start,
        log_likelihood,
        n_parameters,
        aic,
        bic,
        icl,
        n_training_users,
        n_training_user_weeks,
        n_holdout_users,
        n_holdout_user_weeks,
        next_week_log_score,
        next_week_log_score_se,
        base_log_score,
        score_behind_best,
        score_behind_best_se,
        is_within_one_se,
        stability,
        n_refits,
        min_state_share,
        n_floor_hits,
        n_polished_starts,
        n_starts_at_best,
        separation,
        separation_p_value,
        has_passed_guards,
        defects,
        is_chosen
    from source

)

select * from selected
