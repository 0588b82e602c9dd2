with

source as (

    select * from {{ source('propensity', 'second_opinions') }}

),

selected as (

    select
        run_id,
        method,
        n_customers,
        top_three_agreement,
        rank_correlation,
        note,
        compared_at
    from source

)

select * from selected
