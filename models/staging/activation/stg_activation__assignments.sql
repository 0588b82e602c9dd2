with

source as (

    select * from {{ source('activation', 'assignments') }}

),

renamed as (

    select
        assignment_id,
        assigned_at,
        trim(experiment) as experiment,
        trim(variant) as variant,
        {{ trimmed('customer_id') }} as customer_id,
        {{ trimmed('user_id') }} as user_id
    from source

)

select * from renamed
