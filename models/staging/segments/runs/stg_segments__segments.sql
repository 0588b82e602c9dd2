with

source as (

    select * from {{ source('register', 'segments') }}
    where model = 'customer_segments'

),

selected as (

    select
        run_id,
        segment_id,
        segment_key,
        n_members,
        member_share,
        automatic_name,
        automatic_description,
        promoted_name
    from source

)

select * from selected
