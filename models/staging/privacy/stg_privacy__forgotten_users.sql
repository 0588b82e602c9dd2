with

source as (

    select * from {{ source('privacy', 'forgotten_users') }}

),

renamed as (

    select
        user_hash,
        salt
    from source

)

select * from renamed
