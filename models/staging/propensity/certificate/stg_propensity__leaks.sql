with

source as (

    select * from {{ source('propensity', 'leaks') }}

),

selected as (

    select
        run_id,
        feature,
        alone,
        lost,
        sentence
    from source

)

select * from selected
