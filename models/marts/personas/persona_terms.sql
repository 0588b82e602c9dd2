{# What the authors of each persona write more than others. #}
with

personas as (

    select * from {{ ref('int_champion_personas') }}

),

terms as (

    select * from {{ ref('stg_personas__terms') }}

),

listed as (

    select
        personas.persona_key,
        terms.term_rank,
        terms.term,
        terms.n_customers,
        terms.log_odds,
        terms.z
    from personas
    inner join terms
        on
            personas.run_id = terms.run_id
            and personas.persona_id = terms.persona_id

)

select * from listed
