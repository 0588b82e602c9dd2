with

source as (

    select * from {{ source('hmm', 'champion') }}

),

selected as (

    select
        run_id,
        promoted_at,
        is_forced
    from source

)

select * from selected
