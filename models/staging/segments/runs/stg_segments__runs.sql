with

source as (

    select * from {{ source('register', 'runs') }}
    where model = 'customer_segments'

),

selected as (

    select
        run_id,
        created_at,
        n_segments,
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
