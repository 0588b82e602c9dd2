with

source as (

    select * from {{ source('register', 'segment_lineage') }}
    where model = 'customer_segments'

),

selected as (

    select
        run_id,
        position as lineage_position,
        previous_run_id,
        segment_key,
        previous_segment_key,
        relation,
        n_shared_members as n_shared_customers,
        share_of_segment,
        share_of_previous_segment,
        profile_distance
    from source

)

select * from selected
