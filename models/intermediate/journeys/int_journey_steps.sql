{#
    Every event as a step of two journeys: that of its customer, and that of its session.
    Each step has those beside it, so that journeys need no second sort. Rides belong to no
    session. Empty for a log of rides only.

    Of events at the same instant, the earlier step of the seed comes first.

    Nearly every session is whole: its events stand together in the journey of one
    customer. So events are sorted once, by customer, and only those of other sessions once
    more.

    customer   session  whole
    a          s1 s1    yes
    a          s2 s3    no: the two overlap, and one of nobody's events is in s2
    nobody     s2
    a          s2 s3

    Over 170 lines, because whole and other sessions are numbered in one place.
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

-- A session of two customers is here twice, so that it is compared with others of both.
-- An event without a session may stand within one.
spans as (

    select
        customer_id,
        session_key,
        min(occurred_at) as began_at,
        max(occurred_at) as ended_at
    from {{ ref('int_customer_events') }}
    where session_key is not null
    group by customer_id, session_key
    union all
    select
        customer_id,
        session_key,
        occurred_at as began_at,
        occurred_at as ended_at
    from {{ ref('int_customer_events') }}
    where session_key is null and customer_id is not null

),

compared as (

    select
        customer_id,
        session_key,
        began_at <= max(ended_at) over (
            partition by customer_id
            order by began_at, session_key
            rows between unbounded preceding and 1 preceding
        ) as begins_in_another,
        ended_at >= lead(began_at) over (
            partition by customer_id
            order by began_at, session_key
        ) as ends_in_another
    from spans

),

other_sessions as {{ computed_once() }} (

    select session_key
    from compared
    where session_key is not null
    group by session_key
    having
        count(*) > 1
        or max(
            case
                when customer_id is null or begins_in_another or ends_in_another then 1
                else 0
            end
        ) = 1

),

ordered as {{ read_each_time() }} (

    select
        customer_events.event_key,
        customer_events.customer_id,
        customer_events.session_key,
        customer_events.occurred_at,
        customer_events.local_date,
        coalesce(by_name.step, by_type.step, customer_events.event_type) as step,
        coalesce(by_name.sort_order, by_type.sort_order, 2147483647) as sort_order,
        coalesce(customer_events.platform, 'not known') as platform
    from customer_events
    left join journey_steps as by_name
        on lower(customer_events.raw_event_type) = by_name.event_name
    left join journey_steps as by_type
        on customer_events.event_type = by_type.event_name
    where exists (select 1 from event_snapshot)

),

of_other_sessions as {{ computed_once() }} (

    select
        ordered.*,
        row_number() over session_order as session_number,
        lag(ordered.step) over session_order as session_step_before,
        lead(ordered.step) over session_order as session_step_after
    from ordered
    inner join other_sessions
        on ordered.session_key = other_sessions.session_key
    window
        session_order as (
            partition by ordered.session_key
            order by ordered.occurred_at, ordered.sort_order, ordered.event_key
        )

),

of_customers as (

    select
        *,
        row_number() over customer_order as customer_number,
        lag(step) over customer_order as customer_step_before,
        lead(step) over customer_order as customer_step_after,
        coalesce(lag(session_key) over customer_order = session_key, false)
            as is_in_session_before,
        coalesce(lead(session_key) over customer_order = session_key, false)
            as is_in_session_after
    from ordered
    where customer_id is not null
    window
        customer_order as (
            partition by customer_id
            order by occurred_at, sort_order, event_key
        )

),

with_beginnings as (

    select
        *,
        max(case when not is_in_session_before then customer_number end)
            over customer_order as first_number,
        max(case when not is_in_session_before then occurred_at end)
            over customer_order as began_at
    from of_customers
    window
        customer_order as (
            partition by customer_id
            order by occurred_at, sort_order, event_key
            rows between unbounded preceding and current row
        )

),

marked as (

    select
        with_beginnings.*,
        resorted.session_number as other_number,
        resorted.session_step_before as other_step_before,
        resorted.session_step_after as other_step_after,
        with_beginnings.session_key is not null
        and resorted.event_key is null as is_whole
    from with_beginnings
    left join of_other_sessions as resorted
        on with_beginnings.event_key = resorted.event_key

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
        case when is_whole then customer_number - first_number + 1 else other_number end
            as session_number,
        case
            when not is_whole then other_step_before
            when is_in_session_before then customer_step_before
        end as session_step_before,
        case
            when not is_whole then other_step_after
            when is_in_session_after then customer_step_after
        end as session_step_after,
        case when is_whole then began_at end as whole_session_began_at,
        customer_number,
        customer_step_before,
        customer_step_after
    from marked
    union all
    select
        event_key,
        customer_id,
        session_key,
        platform,
        occurred_at,
        local_date,
        step,
        session_number,
        session_step_before,
        session_step_after,
        null as whole_session_began_at,
        null as customer_number,
        null as customer_step_before,
        null as customer_step_after
    from of_other_sessions
    where customer_id is null
    union all
    select
        event_key,
        customer_id,
        session_key,
        platform,
        occurred_at,
        local_date,
        step,
        null as session_number,
        null as session_step_before,
        null as session_step_after,
        null as whole_session_began_at,
        null as customer_number,
        null as customer_step_before,
        null as customer_step_after
    from ordered
    where customer_id is null and session_key is null

)

select * from numbered
