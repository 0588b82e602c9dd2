{#
    The events of split sessions, numbered in their session, and those of nobody. A session
    is split unless its events stand together in one customer's journey, and none for
    longer than the window of funnels.

    customer   session  split
    a          s1 s1    no
    a          s2 s3    yes: the two overlap, and one of nobody's events is in s2
    nobody     s2
    a          s2 s3

    A session that begins at the moment of the event before it counts as split, too:
    funnels compare moments.
#}
{%- set window_seconds = var('journey_window_hours') * 3600 -%}
with

customer_steps as {{ read_each_time() }} (

    select * from {{ ref('int_customer_steps') }}

),

-- The first and the last events of what stands together.
ends as (

    select * from customer_steps
    where session_key is not null and not (is_in_session_before and is_in_session_after)

),

split_sessions as (

    select session_key
    from ends
    group by session_key
    having
        count(case when not is_in_session_before then 1 end) > 1
        or count(*) > count(customer_id)
        or count(
            case when is_at_moment_before and not is_in_session_before then 1 end
        ) > 0
        or max(occurred_at) > {{ seconds_after('min(occurred_at)', window_seconds) }}

),

split_steps as (

    select * from customer_steps
    where
        customer_id is null
        or session_key in (select split_sessions.session_key from split_sessions)

),

numbered as (

    select
        event_key,
        customer_id,
        session_key,
        occurred_at,
        local_date,
        platform,
        step,
        case when customer_id is not null then customer_number end
            as customer_number,
        case when customer_id is not null then customer_step_before end
            as customer_step_before,
        case when customer_id is not null then customer_step_after end
            as customer_step_after,
        case when session_key is not null then row_number() over session_order end
            as session_number,
        case when session_key is not null then lag(step) over session_order end
            as session_step_before,
        case when session_key is not null then lead(step) over session_order end
            as session_step_after
    from split_steps
    window
        session_order as (
            partition by session_key
            order by occurred_at, sort_order, event_key
        )

)

select * from numbered
