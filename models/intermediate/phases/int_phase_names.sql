{{ config(pre_hook="{{ without_hashed_groups() }}") }}
{#
    The blogs, whitepapers, videos and features of the product that each customer met, in
    each phase, each once a day. int_phase_days counts events; here are the names that they
    had, since each counts once. Groups are sorted, not hashed: int_phase_name_steps finds
    the rows in its own order.
#}
with

events as (

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
        events.identifier_key,
        events.local_date,
        events.page_path,
        coalesce(events.feature_name, events.page_path) as other_item,
        case
            when
                events.source = 'web'
                and events.content_type in ('blog', 'whitepaper')
                and events.page_path is not null
                then events.content_type
        end as page_kind,
        case
            when events.source = 'product' and events.feature_name is not null
                then 'product_feature'
            when
                events.source = 'web'
                and events.event_type = 'video_start'
                and coalesce(events.feature_name, events.page_path) is not null
                then 'video'
        end as other_kind
    from events
    inner join bounds
        on
            events.local_date >= bounds.first_on
            and events.local_date < bounds.ends_on
    where events.source in ('web', 'product')

),

owned as (

    select
        phases.phase_number,
        named.local_date,
        named.page_kind,
        named.page_path,
        named.other_kind,
        named.other_item
    from named
    inner join phases
        on named.identifier_key = phases.identifier_key
    where
        named.page_kind is not null
        or named.other_kind is not null

),

combined as (

    select
        phase_number,
        local_date,
        page_kind as kind,
        page_path as item
    from owned
    where page_kind is not null
    union all
    select
        phase_number,
        local_date,
        other_kind as kind,
        other_item as item
    from owned
    where other_kind is not null

),

different as (

    select
        phase_number,
        kind,
        item,
        local_date
    from combined
    group by phase_number, kind, item, local_date

)

select * from different
