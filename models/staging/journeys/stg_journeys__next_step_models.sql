with

source as (

    select * from {{ source('journeys', 'next_step_models') }}

),

selected as (

    select
        run_id,
        model,
        n_phases,
        n_parameters,
        n_steps,
        log_loss,
        behind_chain,
        behind_chain_error,
        is_shown
    from source

)

select * from selected
