{#
    What became of every event that came in: kept, kept with a replaced value, or set
    aside and why. Rides are counted apart: they were cleaned as rides before.
#}
with

events as (

    select * from {{ ref('int_events') }}

),

rides as (

    select * from {{ ref('int_rides') }}

),

rejected_events as (

    select * from {{ ref('int_rejected_events') }}

),

-- An event that breaks several rules and is kept has a row for each.
replaced as (

    select distinct event_key
    from rejected_events
    where outcome <> 'set aside'

),

kept as (

    select
        events.source,
        case
            when replaced.event_key is not null then 'kept, with a replaced value'
            else 'kept'
        end as outcome
    from events
    left join replaced
        on events.event_key = replaced.event_key
    union all
    select
        'product' as source,
        'kept, as rides' as outcome
    from rides

),

outcomes as (

    select
        source,
        outcome,
        '' as reason
    from kept
    union all
    select
        coalesce(source, 'not known') as source,
        outcome,
        broken_rule as reason
    from rejected_events
    where outcome = 'set aside'

),

counted as (

    select
        source,
        outcome,
        reason,
        count(*) as n_events,
        outcome = 'set aside' as is_set_aside
    from outcomes
    group by source, outcome, reason

)

select * from counted
