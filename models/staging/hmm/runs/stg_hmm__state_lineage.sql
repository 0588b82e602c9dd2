with

source as (

    select * from {{ source('register', 'segment_lineage') }}
    where model = 'user_states'

),

selected as (

    select
        run_id,
        position as lineage_position,
        previous_run_id,
        segment_key as state_key,
        previous_segment_key as previous_state_key,
        relation,
        n_shared_members as n_shared_user_weeks,
        share_of_segment as share_of_state,
        share_of_previous_segment as share_of_previous_state,
        profile_distance as emission_distance
    from source

)

select * from selected
