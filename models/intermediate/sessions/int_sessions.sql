{#
    One row per session, with how long it took: from its first event to the end of its
    last one. Of a session with a single event without a duration only the beginning is
    known. It gets the median of the complete sessions of its source and platform, and
    a flag.
#}
{%- set people = person_identifiers() -%}

with

events as (

    select * from {{ ref('int_events') }}

),

session_events as (

    select
        *,
        row_number() over (
            partition by session_key
            order by occurred_at, event_key
        ) as event_number
    from events

),

grouped as (

    select
        session_key,
        min(source) as source,
        max(case when event_number = 1 then event_key end) as first_event_key,
        {%- for column in ['platform', 'used_time_zone'] + people %}
        max(case when event_number = 1 then {{ column }} end) as {{ column }},
        {%- endfor %}
        min(occurred_at) as started_at,
        min(case when event_number = 1 then occurred_local end) as started_local,
        max(
            {{ seconds_after('occurred_at', 'coalesce(duration_seconds, 0)') }}
        ) as ended_at,
        count(*) as n_events,
        count(case when event_type = 'page_view' then 1 end) as n_page_views,
        count(distinct feature_name) as n_features
    from session_events
    group by session_key

),

measured as (

    select
        *,
        {{ week_start('started_local') }} as week_start,
        {{ days_between('started_at', 'ended_at') }} * 86400 as measured_seconds,
        ended_at > started_at as is_duration_complete
    from grouped

),

medians as (

    select
        source,
        platform,
        percentile_cont(0.5) within group (order by measured_seconds) as median_seconds
    from measured
    where is_duration_complete
    group by source, platform

),

imputed as (

    select
        measured.session_key,
        measured.source,
        measured.first_event_key,
        measured.platform,
        measured.{{ people | join(',\n        measured.') }},
        measured.used_time_zone,
        measured.started_at,
        measured.started_local,
        measured.week_start,
        measured.ended_at,
        cast(measured.n_events as {{ dbt.type_int() }}) as n_events,
        cast(measured.n_page_views as {{ dbt.type_int() }}) as n_page_views,
        cast(measured.n_features as {{ dbt.type_int() }}) as n_features,
        case
            when measured.is_duration_complete then measured.measured_seconds
            else medians.median_seconds
        end as duration_seconds,
        measured.is_duration_complete,
        not measured.is_duration_complete and medians.median_seconds is not null
            as is_duration_imputed
    from measured
    left join medians
        on
            measured.source = medians.source
            and measured.platform is not distinct from medians.platform

)

select * from imputed
