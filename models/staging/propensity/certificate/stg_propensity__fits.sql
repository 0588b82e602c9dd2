with

source as (

    select * from {{ source('propensity', 'fits') }}

),

selected as (

    select
        run_id,
        target,
        outcome,
        horizon_weeks,
        population,
        chosen,
        model_kind,
        link,
        calibration_kind,
        has_belief,
        is_published,
        is_forced,
        n_customers,
        n_rows,
        n_positives,
        first_week_start,
        as_of_week_start,
        sentence
    from source

)

select * from selected
