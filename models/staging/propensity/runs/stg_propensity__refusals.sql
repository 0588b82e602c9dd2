with

source as (

    select * from {{ source('propensity', 'refusals') }}

),

selected as (

    select
        target,
        reason,
        refused_at
    from source

)

select * from selected
