{#
    Every event as a step of two journeys: that of its customer, and that of its session.
    Each step has those beside it, so that journeys need no second sort. Rides belong to no
    session. Empty for a log of rides only.

    Of events at the same instant, the earlier step of the seed comes first.
#}
{%- set own_columns = [] -%}
{%- for name, id in [
    ('session_number', 'session_key'), ('session_step_before', 'session_key'),
    ('session_step_after', 'session_key'), ('customer_number', 'customer_id'),
    ('customer_step_before', 'customer_id'), ('customer_step_after', 'customer_id'),
] -%}
    {%- do own_columns.append(
        'case when ' ~ id ~ ' is not null then ' ~ name ~ ' end as ' ~ name
    ) -%}
{%- endfor -%}
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

-- One row per name in the log: there are few. Read from the table, because a CTE that
-- is read twice would be stored.
names as (

    select distinct
        raw_event_type,
        event_type
    from {{ ref('int_customer_events') }}

),

named as {{ computed_once() }} (

    select
        names.raw_event_type,
        names.event_type,
        coalesce(by_name.step, by_type.step, names.event_type) as step,
        coalesce(by_name.sort_order, by_type.sort_order, 2147483647) as sort_order
    from names
    left join journey_steps as by_name
        on lower(names.raw_event_type) = by_name.event_name
    left join journey_steps as by_type
        on names.event_type = by_type.event_name

),

ordered as (

    select
        customer_events.event_key,
        customer_events.customer_id,
        customer_events.session_key,
        customer_events.occurred_at,
        customer_events.local_date,
        named.step,
        named.sort_order,
        coalesce(customer_events.platform, 'not known') as platform
    from customer_events
    inner join named
        on
            customer_events.event_type = named.event_type
            and customer_events.raw_event_type is not distinct from named.raw_event_type
    where exists (select 1 from event_snapshot)

),

of_sessions as (

    select
        *,
        row_number() over session_order as session_number,
        lag(step) over session_order as session_step_before,
        lead(step) over session_order as session_step_after
    from ordered
    window
        session_order as (
            partition by session_key
            order by occurred_at, sort_order, event_key
        )

),

of_customers as (

    select
        *,
        row_number() over customer_order as customer_number,
        lag(step) over customer_order as customer_step_before,
        lead(step) over customer_order as customer_step_after
    from of_sessions
    window
        customer_order as (
            partition by customer_id
            order by occurred_at, sort_order, event_key
        )

),

numbered as (

    select
        event_key,
        customer_id,
        session_key,
        platform,
        occurred_at,
        local_date,
        step,
        {{ own_columns | join(',\n        ') }}
    from of_customers

)

select * from numbered
