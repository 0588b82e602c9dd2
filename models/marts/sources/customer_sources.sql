{# Where each customer meets us: their events by source, in hindsight. #}
with

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

events as (

    select * from {{ ref('int_events') }}

),

grouped as (

    select
        customer_events.customer_id,
        events.source,
        min(events.occurred_at) as first_event_at,
        max(events.occurred_at) as last_event_at,
        count(*) as n_events,
        count(distinct events.local_date) as n_active_days
    from customer_events
    inner join events
        on customer_events.event_key = events.event_key
    where customer_events.customer_id is not null
    group by customer_events.customer_id, events.source

)

select * from grouped
