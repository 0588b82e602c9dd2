with

source as (

    select * from {{ source('identity', 'customer_changes') }}

),

renamed as (

    select
        change_number,
        kind,
        old_customer_id,
        new_customer_id,
        merged_at,
        found_at,
        reason,
        from_key,
        to_key
    from source

)

select * from renamed
