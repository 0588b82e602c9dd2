with

source as (

    select * from {{ source('segments', 'division_scores') }}

),

selected as (

    select
        run_id,
        division,
        outcome,
        is_deciding,
        n_customers,
        n_customer_weeks,
        log_score,
        gain_over_base,
        gain_over_base_low,
        gain_over_base_high,
        gain_over_rfm,
        gain_over_rfm_low,
        gain_over_rfm_high
    from source

)

select * from selected
