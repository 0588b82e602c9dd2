with

source as (

    select * from {{ source('hmm', 'states') }}

),

selected as (

    select
        run_id,
        state_id,
        state_key,
        n_user_weeks,
        user_week_share,
        mean_rides,
        automatic_name,
        automatic_description,
        promoted_name
    from source

)

select * from selected
