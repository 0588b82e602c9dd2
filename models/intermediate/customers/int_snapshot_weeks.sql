{#
    The as-of weeks that customer_snapshots needs from this build. The first build goes
    back customer_snapshot_weeks. Later ones take the weeks since the last recorded one,
    and the last weeks before the newest one, in which late events may have arrived. A log
    of rides only needs none: its users have tables of their own.
#}
{%- set recorded = newest_recorded_week('customer_snapshots', 'as_of_week_start') -%}

with

events as (

    select * from {{ ref('int_events') }}

),

rides as (

    select * from {{ ref('int_rides') }}

),

as_of_week as (

    select * from {{ ref('int_event_as_of_week') }}

),

event_snapshot as (

    select * from {{ ref('int_event_snapshot') }}

),

first_events as (

    select min(week_start) as week_start
    from (
        select week_start from events
        union all
        select week_start from rides
    ) as weeks

),

bounded as (

    select
        as_of_week.as_of_week_start as last_week_start,
        greatest(
            first_events.week_start,
            {%- if recorded is none %}
            {{ add_days(
                'as_of_week.as_of_week_start', 7 - 7 * var('customer_snapshot_weeks')
            ) }}
            {%- else %}
            least(
                {{ add_days("cast('" ~ recorded ~ "' as date)", 7) }},
                {{ add_days(
                    'as_of_week.as_of_week_start', -7 * var('late_ride_weeks')
                ) }}
            )
            {%- endif %}
        ) as first_week_start
    from as_of_week
    cross join first_events
    where
        as_of_week.as_of_week_start is not null
        and exists (select 1 from event_snapshot)

),

expanded as (

    select
        bounded.last_week_start,
        {{ add_days('bounded.first_week_start', 'weeks.number * 7') }}
            as as_of_week_start
    from bounded
    {{ expanded(
        weeks_between('bounded.first_week_start', 'bounded.last_week_start') ~ ' + 1',
        'weeks', 'number'
    ) }}

),

dated as (

    select
        as_of_week_start,
        {{ add_days('as_of_week_start', 7) }} as ends_on,
        {{ instant_of(
            at_hour(add_days('as_of_week_start', 7), 0),
            "'" ~ var('default_time_zone') ~ "'"
        ) }} as ends_at,
        {{ add_days('as_of_week_start', 7 - var('customer_window_days')) }}
            as window_starts_on,
        as_of_week_start < last_week_start as is_backfilled
    from expanded

)

select * from dated
