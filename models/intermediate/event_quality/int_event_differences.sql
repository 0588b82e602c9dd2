{#
    Events that two sources should count alike (seed event_comparisons) and do not, by
    week. Only what passes the limit of the seed event_rules. A pair acts only where both
    sources send the event at all.
#}
{%- set text = dbt.type_string() -%}

with

events as (

    select * from {{ ref('int_events') }}

),

rules as (

    select * from {{ ref('event_rules') }}

),

comparisons as (

    select * from {{ ref('event_comparisons') }}

),

type_weeks as (

    select
        source,
        event_type,
        week_start,
        count(*) as n_events
    from events
    group by source, event_type, week_start

),

-- Both sources over all weeks in which either has the event.
paired as (

    select
        comparisons.event_type,
        comparisons.source,
        comparisons.other_source,
        type_weeks.week_start,
        sum(
            case
                when type_weeks.source = comparisons.source
                    then type_weeks.n_events
                else 0
            end
        ) as n_events,
        sum(
            case
                when type_weeks.source = comparisons.other_source
                    then type_weeks.n_events
                else 0
            end
        ) as n_other_events
    from comparisons
    inner join type_weeks
        on
            comparisons.event_type = type_weeks.event_type
            and type_weeks.source
            in (comparisons.source, comparisons.other_source)
    group by
        comparisons.event_type,
        comparisons.source,
        comparisons.other_source,
        type_weeks.week_start

),

differing as (

    select
        *,
        sum(n_events) over pairs as n_in_all_weeks,
        sum(n_other_events) over pairs as n_others_in_all_weeks,
        abs(n_events - n_other_events) as n_apart
    from paired
    window pairs as (partition by event_type, source, other_source)

),

counts_differ as (

    select
        rules.rule_name,
        differing.source,
        differing.event_type || ' in ' || differing.other_source as subject,
        differing.week_start,
        differing.n_apart as n_events,
        cast(differing.n_apart as {{ type_double() }})
        / greatest(differing.n_events, differing.n_other_events)
            as measured_value,
        cast(differing.n_events as {{ text }}) || ' against '
        || cast(differing.n_other_events as {{ text }}) as example_key
    from differing
    inner join rules
        on
            rules.rule_name = 'counts_differ'
            and differing.n_apart
            > rules.max_value
            * greatest(differing.n_events, differing.n_other_events)
    where
        differing.n_in_all_weeks > 0
        and differing.n_others_in_all_weeks > 0

)

select * from counts_differ
