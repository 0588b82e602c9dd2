with

source as (

    select * from {{ source('hmm', 'filtered_beliefs') }}

),

selected as (

    select
        run_id,
        user_id,
        week_start,
        belief
    from source

)

select * from selected
