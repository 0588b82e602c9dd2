{#
    What is wrong with the events, where and how much: one row per rule, source, subject
    and week. Below the limit of its rule a row is only for information.
#}
{%- set int = dbt.type_bigint() -%}

with

rule_weeks as (

    select * from {{ ref('int_event_rule_weeks') }}

),

unowned_event_weeks as (

    select * from {{ ref('int_unowned_event_weeks') }}

),

pattern_weeks as (

    select * from {{ ref('int_event_pattern_weeks') }}

),

event_differences as (

    select * from {{ ref('int_event_differences') }}

),

event_weeks as (

    select * from {{ ref('int_event_weeks') }}

),

rules as (

    select * from {{ ref('event_rules') }}

),

patterns as (

    select * from pattern_weeks
    union all
    select * from event_differences

),

rules_broken as (

    select * from rule_weeks
    union all
    select * from unowned_event_weeks

),

-- A week's events that break a rule are judged together, whatever their subject.
measured as (

    select
        rule_name,
        source,
        subject,
        week_start,
        n_events,
        event_share,
        example_key,
        cast(null as {{ type_double() }}) as measured_value,
        sum(event_share) over (
            partition by rule_name, source, week_start
        ) as judged_value
    from rules_broken
    union all
    select
        patterns.rule_name,
        patterns.source,
        patterns.subject,
        patterns.week_start,
        patterns.n_events,
        case
            when patterns.rule_name in ('too_many_a_minute', 'clock_skew')
                then {{ share('patterns.n_events', 'event_weeks.n_events') }}
        end as event_share,
        patterns.example_key,
        patterns.measured_value,
        cast(null as {{ type_double() }}) as judged_value
    from patterns
    left join event_weeks
        on
            patterns.source = event_weeks.source
            and patterns.week_start = event_weeks.week_start

),

judged as (

    select
        measured.rule_name,
        measured.source,
        measured.subject,
        measured.week_start,
        case
            when measured.judged_value <= rules.max_value then 'info'
            else rules.severity
        end as severity,
        rules.title,
        cast(measured.n_events as {{ int }}) as n_events,
        cast(measured.event_share as {{ type_double() }}) as event_share,
        cast(measured.measured_value as {{ type_double() }}) as measured_value,
        rules.unit,
        rules.max_value,
        measured.example_key,
        rules.action
    from measured
    inner join rules
        on measured.rule_name = rules.rule_name

)

select * from judged
