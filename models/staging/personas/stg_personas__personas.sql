with

source as (

    select * from {{ source('register', 'segments') }}
    where model = 'personas'

),

selected as (

    select
        run_id,
        segment_id as persona_id,
        segment_key as persona_key,
        n_members as n_conversations,
        member_share as conversation_share,
        automatic_name,
        automatic_description,
        promoted_name
    from source

)

select * from selected
