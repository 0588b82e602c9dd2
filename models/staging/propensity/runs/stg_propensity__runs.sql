with

source as (

    select * from {{ source('register', 'runs') }}
    where model like 'propensity:%'

),

selected as (

    select
        run_id,
        {{ dbt.replace('model', "'propensity:'", "''") }} as target,
        created_at,
        n_members,
        first_week_start,
        last_week_start,
        log_score,
        has_passed_guards,
        defects,
        choice,
        settings
    from source

)

select * from selected
