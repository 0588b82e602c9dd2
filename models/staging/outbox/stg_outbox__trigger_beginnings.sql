with

source as (

    select * from {{ source('outbox', 'trigger_beginnings') }}

),

renamed as (

    select
        trigger_rule,
        trigger,
        begins_at
    from source

)

select * from renamed
