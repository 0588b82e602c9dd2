with

source as (

    select * from {{ source('hmm', 'selection') }}

),

selected as (

    select
        run_id,
        n_states,
        start,
        method,
        log_likelihood_per_row,
        n_iterations,
        has_converged,
        n_floor_hits,
        is_polished,
        log_likelihood,
        n_parameters,
        aic,
        bic,
        icl,
        next_week_log_score,
        min_state_share,
        has_passed_guards,
        is_chosen
    from source

)

select * from selected
