{#
    The sessions of each customer that began in the window before the end of each as-of
    week, by the links between identifiers that had been seen by then. A session of unknown
    length has the median of the complete ones of its source and platform in the same
    window, so that nothing from later is in it.
#}
with

sessions as (

    select * from {{ ref('int_sessions') }}

),

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

ids_as_of as (

    select * from {{ ref('int_snapshot_ids') }}

),

weeks as (

    select * from {{ ref('int_snapshot_weeks') }}

),

windowed as (

    select
        weeks.as_of_week_start,
        weeks.ends_on,
        sessions.first_event_key,
        sessions.source,
        sessions.platform,
        cast(sessions.started_local as date) as started_on,
        case when sessions.is_duration_complete then sessions.duration_seconds end
            as complete_seconds
    from weeks
    inner join sessions
        on
            weeks.window_starts_on <= sessions.started_local
            and weeks.ends_on > sessions.started_local

),

-- Once: the planner would repeat it for each session.
medians as {{ computed_once() }} (

    select
        as_of_week_start,
        source,
        platform,
        percentile_cont(0.5) within group (order by complete_seconds)
            as median_seconds
    from windowed
    where
        source = 'product'
        and complete_seconds is not null
    group by as_of_week_start, source, platform

),

filled as (

    select
        windowed.*,
        medians.median_seconds,
        coalesce(windowed.complete_seconds, medians.median_seconds)
            as duration_seconds
    from windowed
    left join medians
        on
            windowed.as_of_week_start = medians.as_of_week_start
            and windowed.source = medians.source
            and windowed.platform is not distinct from medians.platform

),

counted as (

    select
        filled.as_of_week_start,
        ids_as_of.customer_id,
        count(case when filled.source = 'web' then 1 end) as n_website_sessions,
        count(case when filled.source = 'product' then 1 end)
            as n_product_sessions,
        count(
            case
                when filled.started_on >= {{ add_days('filled.ends_on', -7) }} then 1
            end
        ) as n_sessions_7d,
        count(
            case
                when filled.started_on >= {{ add_days('filled.ends_on', -30) }} then 1
            end
        ) as n_sessions_30d,
        count(
            case
                when
                    filled.source = 'product'
                    and filled.duration_seconds is not null
                    then 1
            end
        ) as n_timed_sessions,
        count(
            case
                when
                    filled.complete_seconds is null
                    and filled.median_seconds is not null
                    then 1
            end
        ) as n_imputed_sessions,
        {{ exact_sum(
            "case when filled.source = 'product' then filled.duration_seconds end", 6
        ) }} as session_seconds
    from filled
    inner join customer_events
        on filled.first_event_key = customer_events.event_key
    inner join ids_as_of
        on
            filled.as_of_week_start = ids_as_of.as_of_week_start
            and customer_events.identifier_key = ids_as_of.identifier_key
    group by filled.as_of_week_start, ids_as_of.customer_id

)

select * from counted
