with

source as (

    select * from {{ source('personas', 'state_terms') }}

),

selected as (

    select
        run_id,
        state_key,
        term,
        term_rank,
        n_customers,
        log_odds,
        z
    from source

)

select * from selected
