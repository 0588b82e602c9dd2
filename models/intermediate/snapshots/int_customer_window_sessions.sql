{#
    The sessions of each customer that began in the window before the end of each as-of
    week, by the links between identifiers that had been seen by then. A session of unknown
    length has the median of the complete ones of its source and platform in the same
    window, so that nothing from later is in it.
#}
with

sessions as {{ read_each_time() }} (

    select * from {{ ref('int_sessions') }}

),

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

phases as (

    select * from {{ ref('int_customer_phases') }}

),

weeks as (

    select * from {{ ref('int_snapshot_weeks') }}

),

-- Everybody's, also of those who are no customers: of all, the median is taken.
complete as (

    select
        weeks.as_of_week_start,
        sessions.platform,
        sessions.duration_seconds
    from weeks
    inner join sessions
        on
            weeks.window_starts_on <= sessions.started_local
            and weeks.ends_on > sessions.started_local
    where
        sessions.source = 'product'
        and sessions.is_duration_complete

),

medians as (

    select
        as_of_week_start,
        platform,
        percentile_cont(0.5) within group (order by duration_seconds)
            as median_seconds
    from complete
    group by as_of_week_start, platform

),

owned as (

    select
        phases.customer_id,
        phases.first_week_start,
        phases.next_week_start,
        sessions.source,
        sessions.platform,
        sessions.started_local,
        cast(sessions.started_local as date) as started_on,
        case when sessions.is_duration_complete then sessions.duration_seconds end
            as complete_seconds
    from sessions
    inner join customer_events
        on sessions.first_event_key = customer_events.event_key
    inner join phases
        on customer_events.identifier_key = phases.identifier_key

),

filled as (

    select
        weeks.as_of_week_start,
        weeks.ends_on,
        owned.customer_id,
        owned.source,
        owned.started_on,
        owned.complete_seconds,
        medians.median_seconds,
        coalesce(owned.complete_seconds, medians.median_seconds)
            as duration_seconds
    from owned
    inner join weeks
        on
            owned.started_local >= weeks.window_starts_on
            and owned.started_local < weeks.ends_on
            and owned.first_week_start <= weeks.as_of_week_start
            and (
                owned.next_week_start is null
                or owned.next_week_start > weeks.as_of_week_start
            )
    left join medians
        on
            weeks.as_of_week_start = medians.as_of_week_start
            and owned.source = 'product'
            and owned.platform is not distinct from medians.platform

),

counted as (

    select
        as_of_week_start,
        customer_id,
        count(case when source = 'web' then 1 end) as n_website_sessions,
        count(case when source = 'product' then 1 end)
            as n_product_sessions,
        count(
            case
                when started_on >= {{ add_days('ends_on', -7) }} then 1
            end
        ) as n_sessions_7d,
        count(
            case
                when started_on >= {{ add_days('ends_on', -30) }} then 1
            end
        ) as n_sessions_30d,
        count(
            case
                when
                    source = 'product'
                    and duration_seconds is not null
                    then 1
            end
        ) as n_timed_sessions,
        count(
            case
                when
                    complete_seconds is null
                    and median_seconds is not null
                    then 1
            end
        ) as n_imputed_sessions,
        {{ exact_sum(
            "case when source = 'product' then duration_seconds end", 6
        ) }} as session_seconds
    from filled
    group by as_of_week_start, customer_id

)

select * from counted
