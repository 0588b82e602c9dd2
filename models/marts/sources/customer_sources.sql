{# Where each customer meets us: their events by source, in hindsight. #}
with

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

grouped as (

    select
        customer_id,
        source,
        min(occurred_at) as first_event_at,
        max(occurred_at) as last_event_at,
        count(*) as n_events,
        count(distinct local_date) as n_active_days
    from customer_events
    where customer_id is not null
    group by customer_id, source

)

select * from grouped
