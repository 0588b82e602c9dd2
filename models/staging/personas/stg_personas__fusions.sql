with

source as (

    select * from {{ source('personas', 'fusions') }}

),

selected as (

    select
        run_id,
        text_share,
        is_chosen,
        n_personas,
        core_share,
        smallest_share,
        cohesion_of_all,
        cohesion_of_core,
        base_cohesion,
        coherence,
        stability,
        n_held_out,
        log_score,
        gain,
        gain_lower,
        gain_upper,
        why_not
    from source

)

select * from selected
