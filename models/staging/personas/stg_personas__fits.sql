with

source as (

    select * from {{ source('personas', 'fits') }}

),

selected as (

    select
        run_id,
        embedder,
        reduction,
        text_share,
        n_conversations,
        n_customers,
        n_personas,
        core_share,
        cohesion_of_all,
        cohesion_of_core,
        base_cohesion,
        coherence,
        stability,
        outcome,
        n_held_out,
        gain,
        gain_lower,
        gain_upper,
        what_is_lost,
        sentence
    from source

)

select * from selected
