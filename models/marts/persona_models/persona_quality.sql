{# What the champion's fit read and found, and how much its personas predict. #}
with

champion as (

    select * from {{ ref('stg_personas__champion') }}

),

fits as (

    select * from {{ ref('stg_personas__fits') }}

),

listed as (

    select
        fits.run_id,
        champion.promoted_at,
        champion.is_forced,
        fits.embedder,
        fits.reduction,
        fits.text_share,
        fits.n_conversations,
        fits.n_customers,
        fits.n_personas,
        fits.core_share,
        fits.cohesion_of_all,
        fits.cohesion_of_core,
        fits.base_cohesion,
        fits.coherence,
        fits.stability,
        fits.outcome,
        fits.n_held_out,
        fits.gain,
        fits.gain_lower,
        fits.gain_upper,
        fits.what_is_lost,
        fits.sentence
    from champion
    inner join fits
        on champion.run_id = fits.run_id

)

select * from listed
