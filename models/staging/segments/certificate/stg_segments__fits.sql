with

source as (

    select * from {{ source('segments', 'fits') }}

),

selected as (

    select
        run_id,
        as_of_week_start,
        rule,
        division,
        deciding_outcome,
        n_customers,
        n_held_out,
        sentence,
        scaling_method
    from source

)

select * from selected
