with

source as (

    select * from {{ source('activation', 'exposures') }}

),

renamed as (

    select
        exposure_id,
        customer_id,
        exposed_at,
        channel,
        action,
        detail,
        trim(audience) as audience,
        {{ trimmed('user_id') }} as user_id
    from source

)

select * from renamed
