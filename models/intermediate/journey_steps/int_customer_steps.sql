{#
    Every event as a step of its customer's journey, with the steps beside it. Rides are
    in it, too. Empty for a log of rides only.

    Of events at the same instant, the earlier step of the seed comes first. Nobody's
    events are numbered as if they were one customer's: int_split_steps leaves that out.

    Rows are sorted by a number first, and numbers stand before texts: PostgreSQL compares
    numbers faster, and finds a column faster if none of changing length is before it.
#}
{{ config(pre_hook=["{{ without_merge_joins() }}"]) }}
with

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

event_snapshot as (

    select * from {{ ref('int_event_snapshot') }}

),

journey_steps as (

    select * from {{ ref('journey_steps') }}

),

named as (

    select
        {{ row_checksum(['customer_events.customer_id']) }} as customer_checksum,
        customer_events.occurred_at,
        coalesce(by_name.sort_order, by_type.sort_order, 2147483647) as sort_order,
        customer_events.local_date,
        customer_events.customer_id,
        customer_events.event_key,
        coalesce(by_name.step, by_type.step, customer_events.event_type) as step,
        customer_events.session_key,
        coalesce(customer_events.platform, 'not known') as platform
    from customer_events
    left join journey_steps as by_name
        on lower(customer_events.raw_event_type) = by_name.event_name
    left join journey_steps as by_type
        on customer_events.event_type = by_type.event_name
    where exists (select 1 from event_snapshot)

),

numbered as (

    select
        customer_checksum,
        occurred_at,
        local_date,
        sort_order,
        step,
        customer_id,
        session_key,
        platform,
        event_key,
        row_number() over customer_order as customer_number,
        lag(step) over customer_order as customer_step_before,
        lead(step) over customer_order as customer_step_after,
        coalesce(lag(session_key) over customer_order = session_key, false)
            as is_in_session_before,
        coalesce(lead(session_key) over customer_order = session_key, false)
            as is_in_session_after,
        coalesce(lag(occurred_at) over customer_order = occurred_at, false)
            as is_at_moment_before
    from named
    window
        customer_order as (
            partition by customer_checksum, customer_id
            order by occurred_at, sort_order, event_key
        )

)

select * from numbered
