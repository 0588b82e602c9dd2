{{ config(materialized='view') }}
{#
    What came of each message at each endpoint that wants it. A view, so that it shows what
    was sent since the last build, too.
#}
with

messages as (

    select * from {{ ref('outbox_messages') }}

),

webhooks as (

    select * from {{ ref('webhooks') }}

),

deliveries as (

    select * from {{ ref('stg_outbox__deliveries') }}

),

endpoints as (

    select * from {{ ref('stg_outbox__endpoints') }}

),

-- Also of endpoints that are gone from the seed.
pairs as (

    select
        messages.message_id,
        webhooks.endpoint
    from messages
    inner join webhooks
        on
            webhooks.is_enabled
            and (
                webhooks.topics = '*'
                or {{ dbt.position(
                    "' ' || messages.topic || ' '", "' ' || webhooks.topics || ' '"
                ) }} > 0
            )
    union distinct
    select
        message_id,
        endpoint
    from deliveries

),

described as (

    select
        messages.message_id,
        pairs.endpoint,
        messages.message_number,
        messages.trigger,
        messages.topic,
        messages.customer_id,
        messages.user_id,
        messages.happened_at,
        messages.written_at,
        deliveries.last_attempt_at,
        deliveries.last_status_code,
        deliveries.last_error,
        deliveries.delivered_at,
        case
            when deliveries.status is null then 'not_sent'
            when
                deliveries.status = 'waiting' and endpoints.disabled_at is not null
                then 'endpoint_disabled'
            else deliveries.status
        end as status,
        coalesce(deliveries.n_attempts, 0) as n_attempts,
        case when deliveries.status = 'waiting' then deliveries.due_at end as due_at
    from pairs
    inner join messages
        on pairs.message_id = messages.message_id
    left join deliveries
        on
            pairs.message_id = deliveries.message_id
            and pairs.endpoint = deliveries.endpoint
    left join endpoints
        on pairs.endpoint = endpoints.endpoint

)

select * from described
