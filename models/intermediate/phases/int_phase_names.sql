{#
    The blogs, whitepapers, videos and features of the product that each customer met, in
    each phase, each once a day. int_phase_days counts events; here are the names that they
    had, since each counts once.
#}
with

events as (

    select * from {{ ref('int_events') }}

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

bounds as (

    select
        min(window_starts_on) as first_on,
        max(ends_on) as ends_on
    from weeks

),

-- A video may stand in a blog: one event, two names.
named as (

    select
        events.event_key,
        events.local_date,
        case
            when source = 'web' and content_type in ('blog', 'whitepaper')
                then content_type
        end as page_kind,
        case
            when source = 'product' and feature_name is not null then 'product_feature'
            when
                source = 'web'
                and event_type = 'video_start'
                and coalesce(feature_name, page_path) is not null
                then 'video'
        end as other_kind,
        page_path,
        coalesce(feature_name, page_path) as other_name
    from events
    inner join bounds
        on
            events.local_date >= bounds.first_on
            and events.local_date < bounds.ends_on
    where source in ('web', 'product')

),

owned as (

    select
        phases.phase_number,
        named.local_date,
        case when named.page_path is not null then named.page_kind end as page_kind,
        case when named.page_kind is not null then named.page_path end as page_path,
        named.other_kind,
        case when named.other_kind is not null then named.other_name end as other_name
    from named
    inner join customer_events
        on named.event_key = customer_events.event_key
    inner join phases
        on customer_events.identifier_key = phases.identifier_key
    where
        (named.page_kind is not null and named.page_path is not null)
        or named.other_kind is not null

),

combined as (

    select
        phase_number,
        local_date,
        coalesce(other_kind, page_kind) as kind,
        coalesce(other_name, page_path) as name
    from owned
    union all
    select
        phase_number,
        local_date,
        page_kind as kind,
        page_path as name
    from owned
    where
        other_kind is not null
        and page_kind is not null

),

different as (

    select
        phase_number,
        kind,
        name,
        local_date
    from combined
    group by phase_number, kind, name, local_date

)

select * from different
