{# Every share of the text that the champion's fit tried, as it was judged. #}
with

champion as (

    select * from {{ ref('stg_personas__champion') }}

),

fusions as (

    select * from {{ ref('stg_personas__fusions') }}

),

listed as (

    select
        fusions.text_share,
        fusions.is_chosen,
        fusions.n_personas,
        fusions.core_share,
        fusions.smallest_share,
        fusions.cohesion_of_all,
        fusions.cohesion_of_core,
        fusions.base_cohesion,
        fusions.coherence,
        fusions.stability,
        fusions.n_held_out,
        fusions.log_score,
        fusions.gain,
        fusions.gain_lower,
        fusions.gain_upper,
        fusions.why_not
    from champion
    inner join fusions
        on champion.run_id = fusions.run_id

)

select * from listed
