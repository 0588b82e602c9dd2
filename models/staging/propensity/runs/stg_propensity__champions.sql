with

source as (

    select * from {{ source('register', 'champions') }}
    where model like 'propensity:%'

),

selected as (

    select
        {{ dbt.replace('model', "'propensity:'", "''") }} as target,
        run_id,
        promoted_at,
        is_forced
    from source

)

select * from selected
