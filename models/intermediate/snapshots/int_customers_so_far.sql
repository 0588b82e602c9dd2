{#
    Since when, and until when, each customer was seen before the end of each as-of week,
    over the whole log. Events before the first of these weeks are read once, not once a
    week.

    weeks 3 and 4 are filled     events of an identifier   counted in   stand in
                                 weeks 1, 2 and 3          week 3       weeks 3 and 4
#}
with

events as (

    select * from {{ ref('int_events') }}

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

bounds as (

    select
        min(as_of_week_start) as first_week_start,
        max(as_of_week_start) as last_week_start
    from weeks

),

counted as (

    select
        customer_events.identifier_key,
        greatest(events.week_start, bounds.first_week_start) as week_start,
        min(events.local_date) as first_seen_on,
        max(events.local_date) as last_seen_on,
        max(case when events.source = 'web' then 1 else 0 end) as has_web
    from events
    inner join customer_events
        on events.event_key = customer_events.event_key
    cross join bounds
    where events.week_start <= bounds.last_week_start
    group by
        customer_events.identifier_key,
        greatest(events.week_start, bounds.first_week_start)

),

carried as (

    select
        identifier_key,
        week_start,
        last_seen_on,
        min(first_seen_on) over identifier_order as first_seen_on,
        max(has_web) over identifier_order as has_web,
        lead(week_start) over identifier_order as next_week_start
    from counted
    window
        identifier_order as (
            partition by identifier_key
            order by week_start
        )

),

joined as (

    select
        ids_as_of.as_of_week_start,
        ids_as_of.customer_id,
        min(carried.first_seen_on) as first_seen_on,
        max(carried.last_seen_on) as last_seen_on,
        coalesce(max(carried.has_web), 0) = 1 as has_web
    from ids_as_of
    inner join weeks
        on ids_as_of.as_of_week_start = weeks.as_of_week_start
    left join carried
        on
            ids_as_of.identifier_key = carried.identifier_key
            and ids_as_of.as_of_week_start >= carried.week_start
            and (
                carried.next_week_start is null
                or ids_as_of.as_of_week_start < carried.next_week_start
            )
    group by ids_as_of.as_of_week_start, ids_as_of.customer_id

)

select * from joined
