with

source as (

    select * from {{ source('propensity', 'candidates') }}

),

selected as (

    select
        run_id,
        candidate,
        label,
        is_rival,
        has_belief,
        is_chosen,
        n_customers,
        n_rows,
        log_loss,
        auc,
        brier,
        calibration_error,
        chosen_gain,
        chosen_gain_low,
        chosen_gain_high
    from source

)

select * from selected
