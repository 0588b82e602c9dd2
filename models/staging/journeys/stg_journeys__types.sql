with

source as (

    select * from {{ source('journeys', 'types') }}

),

selected as (

    select
        run_id,
        type_id,
        type_name,
        medoid_path,
        n_sessions,
        session_share
    from source

)

select * from selected
