{# Every model that the newest fit of each target tried, and every rival. #}
with

runs as (

    select * from {{ ref('int_propensity_runs') }}

),

candidates as (

    select * from {{ ref('stg_propensity__candidates') }}

),

listed as (

    select
        runs.target,
        runs.run_id,
        candidates.candidate,
        candidates.label,
        candidates.is_rival,
        candidates.has_belief,
        candidates.is_chosen,
        candidates.n_customers,
        candidates.n_rows,
        candidates.log_loss,
        candidates.auc,
        candidates.brier,
        candidates.calibration_error,
        candidates.chosen_gain,
        candidates.chosen_gain_low,
        candidates.chosen_gain_high
    from runs
    inner join candidates
        on runs.run_id = candidates.run_id

)

select * from listed
