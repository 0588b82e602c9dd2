with

source as (

    select * from {{ source('identity', 'members') }}

),

renamed as (

    select
        identifier_key,
        customer_id
    from source

)

select * from renamed
