{{ config(tags=['pulse']) }}
{#
    The events of the last days, as int_events has them, with what cohorts count: the days
    that a fast rule which an enabled trigger watches looks back, and outbox_max_age_days
    more. A pulse builds it without the rest of the log. At the edge of these days sessions
    may have begun before; int_recent_cohort_changes leaves the edge out.

    Over 170 lines, because a pulse does here in one model what a build does in four:
    rename, screen, drop copies and find sessions.
#}
{%- set columns = event_ids() + event_attributes() + ['loaded_at'] -%}
{%- set compared = event_ids() + event_attributes() -%}
{%- set n_days = '(recent_days.n_days + ' ~ var('outbox_max_age_days') ~ ')' -%}

with

forgotten_users as (

    select * from {{ ref('stg_privacy__forgotten_users') }}

),

excluded_users as (

    select distinct {{ trimmed_id('user_id') }} as user_id
    from {{ ref('excluded_users') }}

),

rules as (

    select * from {{ ref('cohort_rules') }}

),

triggers as (

    select * from {{ ref('triggers') }}

),

horizon as (

    select * from {{ ref('int_cohort_horizon') }}

),

-- One row; without such a rule n_days is null, and no event is recent.
recent_days as (

    select max(rules.lookback_days) as n_days
    from rules
    inner join triggers
        on
            rules.cohort = triggers.watched_name
            and triggers.watches = 'cohort'
            and triggers.is_enabled
    where {{ is_fast_rule('rules') }}

),

-- The horizon is that of the last build: the log only grows.
staged_events as (

    select *
    from {{ ref('stg_app__events') }}
    where
        occurred_at >= (
            select {{ seconds_after('horizon.known_until_at', '-86400 * ' ~ n_days) }}
            from horizon
            cross join recent_days
        )

),

{{ screened_event_ctes('staged_events') }},

keyed as {{ computed_once() }} (

    select
        {{ columns | join(',\n        ') }},
        {{ event_key() }} as event_key
    from screened
    where broken_rule is null

),

repeated as (

    select event_key
    from keyed
    group by event_key
    having count(*) > 1

),

-- In the order of int_event_copies.
ranked as (

    select
        keyed.*,
        row_number() over (
            partition by keyed.event_key
            order by
                keyed.loaded_at asc nulls last,
                keyed.{{ compared | join(' asc, keyed.') }} asc
        ) as copy_number
    from keyed
    inner join repeated
        on keyed.event_key = repeated.event_key

),

{%- set kept_columns = [
    'event_key', 'source', 'session_id', 'event_type', 'occurred_at',
    'is_advanced_feature',
] + person_identifiers() %}

kept as (

    select
        keyed.{{ kept_columns | join(',\n        keyed.') }},
        coalesce(
            keyed.{{ person_identifiers() | join(', keyed.') }}
        ) as person
    from keyed
    left join repeated
        on keyed.event_key = repeated.event_key
    where repeated.event_key is null
    union all
    select
        {{ kept_columns | join(',\n        ') }},
        coalesce({{ person_identifiers() | join(', ') }}) as person
    from ranked
    where copy_number = 1

),

-- Until when it is known what customers did, as in int_cohort_horizon.
known_until as (

    select
        {% if var('as_of_date') -%}
        max(horizon.known_until_at)
        {%- else -%}
        greatest(max(horizon.known_until_at), max(kept.occurred_at))
        {%- endif %} as known_until_at
    from horizon
    left join kept on true

),

in_window as (

    select
        kept.*,
        known_until.known_until_at
    from kept
    cross join known_until
    cross join recent_days
    where
        kept.occurred_at >= {{ seconds_after(
            'known_until.known_until_at', '-86400 * ' ~ n_days
        ) }}

),

{{ session_ctes('in_window') }},

described as (

    select
        event_key,
        source,
        event_type,
        occurred_at,
        is_advanced_feature,
        {{ person_identifiers() | join(',\n        ') }},
        session_key,
        known_until_at
    from sessionised

)

select * from described
