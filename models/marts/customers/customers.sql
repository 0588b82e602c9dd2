{# Customers by all that is known now: who they are reached by, and what they did. #}
with

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

events as (

    select * from {{ ref('int_events') }}

),

identified as (

    select
        customer_id,
        count(*) as n_identifiers,
        count(case when identifier_type = 'user_id' then 1 end) as n_users
    from customer_identifiers
    group by customer_id

),

active as (

    select
        customer_events.customer_id,
        count(*) as n_events,
        min(events.occurred_at) as first_event_at,
        max(events.occurred_at) as last_event_at
    from customer_events
    inner join events
        on customer_events.event_key = events.event_key
    where customer_events.customer_id is not null
    group by customer_events.customer_id

),

joined as (

    select
        identified.customer_id,
        active.first_event_at,
        active.last_event_at,
        identified.n_identifiers,
        identified.n_users,
        coalesce(active.n_events, 0) as n_events,
        identified.n_users > 1 as has_several_users
    from identified
    left join active
        on identified.customer_id = active.customer_id

)

select * from joined
