with

source as (

    select * from {{ source('hmm', 'outlook_coefficients') }}

),

selected as (

    select
        run_id,
        target,
        term,
        coefficient
    from source

)

select * from selected
