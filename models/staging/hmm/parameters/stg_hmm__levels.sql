with

source as (

    select * from {{ source('hmm', 'levels') }}

),

selected as (

    select
        run_id,
        level_id,
        weight,
        effect
    from source

)

select * from selected
