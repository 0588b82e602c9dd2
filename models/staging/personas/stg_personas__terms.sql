with

source as (

    select * from {{ source('personas', 'terms') }}

),

selected as (

    select
        run_id,
        persona_id,
        term,
        term_rank,
        n_customers,
        log_odds,
        z
    from source

)

select * from selected
