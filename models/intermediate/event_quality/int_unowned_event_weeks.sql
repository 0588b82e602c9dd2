{#
    Kept events of nobody known, by source and week: on a shared device before the first
    login, or with identifiers only that say nothing.
#}
with

events as (

    select * from {{ ref('int_events') }}

),

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

owned as (

    select
        events.source,
        events.week_start,
        customer_events.customer_id,
        case
            when customer_events.is_on_shared_device then 'shared device'
            else 'blocked identifier'
        end as subject,
        coalesce(
            events.event_id,
            events.{{ person_identifiers() | join(', events.') }},
            events.event_key
        ) as example_key
    from events
    inner join customer_events
        on events.event_key = customer_events.event_key

),

totals as (

    select
        source,
        week_start,
        count(*) as n_events
    from owned
    group by source, week_start

),

counted as (

    select
        source,
        subject,
        week_start,
        count(*) as n_events,
        min(example_key) as example_key
    from owned
    where customer_id is null
    group by source, subject, week_start

),

shared as (

    select
        'nobody_known' as rule_name,
        counted.source,
        counted.subject,
        counted.week_start,
        counted.n_events,
        {{ share('counted.n_events', 'totals.n_events') }} as event_share,
        counted.example_key
    from counted
    inner join totals
        on
            counted.source = totals.source
            and counted.week_start = totals.week_start

)

select * from shared
