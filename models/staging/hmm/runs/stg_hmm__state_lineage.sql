with

source as (

    select * from {{ source('hmm', 'state_lineage') }}

),

selected as (

    select
        run_id,
        position as lineage_position,
        previous_run_id,
        state_key,
        previous_state_key,
        relation,
        n_shared_user_weeks,
        share_of_state,
        share_of_previous_state,
        emission_distance
    from source

)

select * from selected
