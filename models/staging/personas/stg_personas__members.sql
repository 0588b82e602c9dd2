with

source as (

    select * from {{ source('personas', 'members') }}

),

selected as (

    select
        run_id,
        conversation_key,
        customer_id,
        persona_id,
        is_core,
        similarity
    from source

)

select * from selected
