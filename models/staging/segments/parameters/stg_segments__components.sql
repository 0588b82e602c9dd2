with

source as (

    select * from {{ source('segments', 'components') }}

),

selected as (

    select
        run_id,
        component,
        feature,
        loading,
        explained_share
    from source

)

select * from selected
