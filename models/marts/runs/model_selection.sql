{#
    The certificate of the champion: every number of states that its fit tried, its
    results, and why one was chosen. Runs fitted before certificates existed have
    none, and the table stays empty until the next fit.
#}
with

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

runs as (

    select * from {{ ref('stg_hmm__runs') }}

),

candidates as (

    select * from {{ ref('stg_hmm__candidates') }}

),

judged as (

    select
        candidates.n_states,
        runs.emissions,
        runs.choice,
        candidates.n_holdout_users,
        candidates.n_holdout_user_weeks,
        candidates.next_week_log_score,
        candidates.next_week_log_score_se
            as next_week_log_score_standard_error,
        candidates.base_log_score,
        candidates.score_behind_best,
        candidates.score_behind_best_se
            as score_behind_best_standard_error,
        candidates.stability,
        candidates.n_refits,
        candidates.n_polished_starts,
        candidates.n_starts_at_best,
        candidates.min_state_share as smallest_state_share,
        candidates.n_floor_hits,
        candidates.separation,
        candidates.separation_p_value,
        candidates.log_likelihood,
        candidates.n_parameters,
        candidates.aic,
        candidates.bic,
        candidates.icl,
        candidates.n_training_users,
        candidates.n_training_user_weeks,
        candidates.is_within_one_se as is_within_one_standard_error,
        candidates.has_passed_guards,
        candidates.is_chosen,
        candidates.run_id,
        candidates.next_week_log_score - candidates.base_log_score
            as gain_over_base,
        {{ json_texts('candidates.defects', 'text') }} as defects,
        -- The rule: the fewest states that predict as well as the best, among models
        -- without a defect.
        case
            when candidates.is_chosen and candidates.has_passed_guards
                then 'chosen'
            when candidates.is_chosen
                then 'chosen in spite of its defects'
            when not candidates.has_passed_guards
                then 'has defects'
            when candidates.next_week_log_score is null
                then 'BIC is higher'
            when not candidates.is_within_one_se
                then 'predicts less well'
            else 'more states than needed'
        end as verdict
    from candidates
    inner join champion
        on candidates.run_id = champion.run_id
    inner join runs
        on candidates.run_id = runs.run_id

)

select * from judged
