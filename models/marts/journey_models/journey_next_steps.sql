{# How well steps so far predict the next one, by model. #}
with

champion as (

    select * from {{ ref('stg_journeys__champion') }}

),

next_step_models as (

    select * from {{ ref('stg_journeys__next_step_models') }}

),

listed as (

    select
        next_step_models.model,
        next_step_models.n_phases,
        next_step_models.n_parameters,
        next_step_models.n_steps,
        next_step_models.log_loss,
        next_step_models.behind_chain,
        next_step_models.behind_chain_error,
        next_step_models.is_shown
    from champion
    inner join next_step_models
        on champion.run_id = next_step_models.run_id

)

select * from listed
