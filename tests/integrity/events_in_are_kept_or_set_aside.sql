{#
    Every event of the company's table is either kept or set aside, and every ride that
    counts is an event. A copy is set aside only if the event itself is kept.
#}
with

snapshot_events as (

    select * from {{ ref('int_event_snapshot') }}

),

events as {{ read_each_time() }} (

    select * from {{ ref('int_events') }}

),

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

rejected_events as (

    select * from {{ ref('int_rejected_events') }}

),

rides as (

    select * from {{ ref('int_rides') }}

),

sessions as (

    select * from {{ ref('int_sessions') }}

),

set_aside as (

    select *
    from rejected_events
    where outcome = 'set aside'

),

orphaned as (

    select count(*) as n_events
    from set_aside
    left join events
        on set_aside.event_key = events.event_key
    where
        set_aside.broken_rule in ('exact_repeat', 'conflicting_repeat')
        and events.event_key is null

),

counted as (

    select
        (select count(*) from snapshot_events) as n_events_in,
        (select count(*) from events) as n_events_kept,
        (select count(*) from set_aside) as n_events_set_aside,
        (select count(*) from rides) as n_rides,
        (
            select count(*) from customer_events
            where session_key is null
        ) as n_rides_kept,
        (select coalesce(sum(sessions.n_events), 0) from sessions)
            as n_events_in_sessions,
        (select orphaned.n_events from orphaned) as n_copies_of_nothing

),

compared as (

    select *
    from counted
    where
        n_events_in <> n_events_kept + n_events_set_aside
        or n_rides <> n_rides_kept
        or n_events_in_sessions <> n_events_kept
        or n_copies_of_nothing > 0

)

select * from compared
