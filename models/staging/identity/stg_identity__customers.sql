with

source as (

    select * from {{ source('identity', 'customers') }}

),

renamed as (

    select
        customer_id,
        customer_number,
        identifier_key,
        minted_at
    from source

)

select * from renamed
