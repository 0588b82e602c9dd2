{# Where each customer meets us: their events by source, in hindsight. #}
with

sources as (

    select * from {{ ref('int_customer_sources') }}

),

described as (

    select
        customer_id,
        source,
        first_event_at,
        last_event_at,
        n_events,
        n_active_days
    from sources

)

select * from described
