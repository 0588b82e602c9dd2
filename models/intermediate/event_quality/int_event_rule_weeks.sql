{#
    The events that broke a rule, by rule, source and week. Where the time is what is
    wrong, the week is that in which they were loaded, and 1970-01-05 if that is not
    known either.
#}
{%- set utc_week = week_start(local_time('known_at', "'UTC'")) -%}

with

rejected_events as (

    select * from {{ ref('int_rejected_events') }}

),

events as (

    select * from {{ ref('int_events') }}

),

named as (

    select
        *,
        case
            when broken_rule = 'impossible_duration_seconds'
                then 'impossible_duration'
            when broken_rule like 'impossible%' then 'impossible_value'
            else broken_rule
        end as rule_name,
        coalesce(source, 'unknown') as known_source,
        case
            when broken_rule = 'unknown_event_type' then raw_event_type
            when broken_rule like 'impossible%'
                then substring(broken_rule from 12)
            else 'all'
        end as subject,
        case
            when
                broken_rule
                in ('occurred_in_the_future', 'occurred_too_early')
                then loaded_at
            else coalesce(occurred_at, loaded_at)
        end as known_at,
        coalesce(
            event_id, {{ person_identifiers() | join(', ') }}, event_key
        ) as example_key
    from rejected_events

),

broken as (

    select
        rule_name,
        known_source as source,
        subject,
        coalesce({{ utc_week }}, cast('1970-01-05' as date)) as week_start,
        count(*) as n_events,
        min(example_key) as example_key
    from named
    group by
        rule_name,
        known_source,
        subject,
        coalesce({{ utc_week }}, cast('1970-01-05' as date))

),

-- All events of the company's table: those kept, and those set aside.
all_events as (

    select
        source,
        {{ utc_week | replace('known_at', 'occurred_at') }} as week_start,
        count(*) as n_events
    from events
    group by
        source,
        {{ utc_week | replace('known_at', 'occurred_at') }}
    union all
    select
        known_source as source,
        coalesce({{ utc_week }}, cast('1970-01-05' as date)) as week_start,
        count(*) as n_events
    from named
    where outcome = 'set aside'
    group by
        known_source,
        coalesce({{ utc_week }}, cast('1970-01-05' as date))

),

totals as (

    select
        source,
        week_start,
        sum(n_events) as n_events
    from all_events
    group by source, week_start

),

shared as (

    select
        broken.rule_name,
        broken.source,
        broken.subject,
        broken.week_start,
        broken.n_events,
        {{ share('broken.n_events', 'totals.n_events') }} as event_share,
        broken.example_key
    from broken
    inner join totals
        on
            broken.source = totals.source
            and broken.week_start = totals.week_start

)

select * from shared
