with

source as (

    select * from {{ source('hmm', 'state_assignments') }}

),

selected as (

    select
        run_id,
        user_id,
        week_start,
        state_id,
        smoothed_probability,
        filtered_state_id
    from source

)

select * from selected
