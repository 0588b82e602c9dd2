with

source as (

    select * from {{ source('register', 'segments') }}
    where model = 'user_states'

),

selected as (

    select
        run_id,
        segment_id as state_id,
        segment_key as state_key,
        n_members as n_user_weeks,
        member_share as user_week_share,
        mean_rides,
        automatic_name,
        automatic_description,
        promoted_name
    from source

)

select * from selected
