{#
    What no single event shows, by rule, source and week: bots, clocks that are ahead,
    and sources that fall silent or have too long sessions. Only what passes the limit of
    the seed event_rules.
#}
{%- set text = dbt.type_string() -%}

with

events as (

    select * from {{ ref('int_events') }}

),

sessions as (

    select * from {{ ref('int_sessions') }}

),

event_weeks as (

    select * from {{ ref('int_event_weeks') }}

),

rules as (

    select * from {{ ref('event_rules') }}

),

app_events as (

    select
        *,
        coalesce({{ person_identifiers() | join(', ') }}) as person
    from events

),

person_minutes as (

    select
        source,
        person,
        week_start,
        count(*) as n_events
    from app_events
    group by
        source, person, week_start, floor({{ epoch_seconds('occurred_at') }} / 60)

),

bots as (

    select
        rules.rule_name,
        person_minutes.source,
        'all' as subject,
        person_minutes.week_start,
        sum(person_minutes.n_events) as n_events,
        cast(max(person_minutes.n_events) as {{ type_double() }})
            as measured_value,
        min(person_minutes.person) as example_key
    from person_minutes
    inner join rules
        on
            rules.rule_name = 'too_many_a_minute'
            and person_minutes.n_events > rules.max_value
    group by rules.rule_name, person_minutes.source, person_minutes.week_start

),

ahead as (

    select
        rules.rule_name,
        app_events.source,
        'all' as subject,
        app_events.week_start,
        count(*) as n_events,
        max({{ days_between('app_events.loaded_at', 'app_events.occurred_at') }})
        * 86400 as measured_value,
        min(coalesce(app_events.event_id, app_events.person)) as example_key
    from app_events
    inner join rules
        on
            rules.rule_name = 'clock_skew'
            and {{ days_between('app_events.loaded_at', 'app_events.occurred_at') }}
            * 86400 > rules.max_value
    group by rules.rule_name, app_events.source, app_events.week_start

),

-- Ten events a week, so that a small source is not called silent by chance.
silent as (

    select
        rules.rule_name,
        event_weeks.source,
        'all' as subject,
        event_weeks.week_start,
        event_weeks.n_events,
        event_weeks.n_events / event_weeks.usual_events as measured_value,
        cast(null as {{ text }}) as example_key
    from event_weeks
    inner join rules
        on
            rules.rule_name = 'silent_source'
            and event_weeks.usual_events >= 10
            and event_weeks.n_events
            < rules.max_value * event_weeks.usual_events

),

session_weeks as (

    select
        source,
        week_start,
        count(*) as n_events,
        percentile_cont(0.5) within group (order by duration_seconds)
            as median_seconds,
        min(session_key) as example_key
    from sessions
    where is_duration_complete
    group by source, week_start

),

long_sessions as (

    select
        rules.rule_name,
        session_weeks.source,
        'all' as subject,
        session_weeks.week_start,
        session_weeks.n_events,
        session_weeks.median_seconds as measured_value,
        session_weeks.example_key
    from session_weeks
    inner join rules
        on
            rules.rule_name = 'long_sessions'
            and session_weeks.median_seconds > rules.max_value

),

combined as (

    select * from bots
    union all
    select * from ahead
    union all
    select * from silent
    union all
    select * from long_sessions

)

select * from combined
