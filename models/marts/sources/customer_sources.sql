{# Where each customer meets us: their events by source, in hindsight. #}
with

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

-- One row per day first: counting different days of many rows would sort them.
days as (

    select
        customer_id,
        source,
        local_date,
        min(occurred_at) as first_event_at,
        max(occurred_at) as last_event_at,
        count(*) as n_events
    from customer_events
    where customer_id is not null
    group by customer_id, source, local_date

),

grouped as (

    select
        customer_id,
        source,
        min(first_event_at) as first_event_at,
        max(last_event_at) as last_event_at,
        cast(sum(n_events) as {{ dbt.type_bigint() }}) as n_events,
        count(local_date) as n_active_days
    from days
    group by customer_id, source

)

select * from grouped
