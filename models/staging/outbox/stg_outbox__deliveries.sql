with

source as (

    select * from {{ source('outbox', 'deliveries') }}

),

renamed as (

    select
        message_id,
        endpoint,
        status,
        n_attempts,
        due_at,
        first_attempt_at,
        last_attempt_at,
        last_status_code,
        last_error,
        delivered_at
    from source

)

select * from renamed
