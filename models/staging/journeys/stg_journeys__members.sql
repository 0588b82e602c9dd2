with

source as (

    select * from {{ source('journeys', 'members') }}

),

selected as (

    select
        run_id,
        session_key,
        type_id
    from source

)

select * from selected
