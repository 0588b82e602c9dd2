with

source as (

    select * from {{ source('outbox', 'endpoints') }}

),

renamed as (

    select
        endpoint,
        first_sent_at,
        disabled_at,
        disabled_because,
        paused_until,
        n_pauses
    from source

)

select * from renamed
