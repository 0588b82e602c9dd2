with

source as (

    select * from {{ source('personas', 'filtered_conversations') }}

),

renamed as (

    select
        conversation_key,
        filter_name,
        filtered_at
    from source

)

select * from renamed
