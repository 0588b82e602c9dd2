{#
    The events that are steps of a funnel, with the chain of steps that each continues, and
    how many places came before it.

    A whole session stands together in its customer's journey, so its events are followed
    there, once: what began with the session or later belongs to it, too. Events of other
    sessions are followed once more, as a journey of their own.
#}
{%- set window_seconds = var('journey_window_hours') * 3600 -%}
{%- set window_begin = seconds_after('occurred_at', -window_seconds) -%}
{#- Places up to the event: for the most that any window has, it does not matter at
    which of its ends one looks. -#}
{%- set counts = [] -%}
{%- for name, moment in [
    ('n_places_in_window', 'window_began_at'), ('n_places_ever', none),
    ('n_session_places_in_window', 'session_window_began_at'),
    ('n_session_places_ever', 'whole_session_began_at'),
] -%}
    {%- do counts.append(
        'cast(' ~ n_places_since(moment) ~ ' as ' ~ dbt.type_int() ~ ') as ' ~ name
    ) -%}
{%- endfor -%}
with

journey_steps as (

    select * from {{ ref('int_journey_steps') }}

),

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

-- Whose journeys an event is followed in: few rows, so that events are read once.
units as (

    select
        'person' as unit,
        'person' as followed_in
    union all
    select
        'session' as unit,
        'session' as followed_in
    union all
    select
        'person' as unit,
        'both' as followed_in
    union all
    select
        'session' as unit,
        'both' as followed_in

),

funnel_places as (

    select
        funnel_steps.funnel,
        funnel_steps.position,
        funnel_steps.step,
        units.unit,
        units.followed_in
    from funnel_steps
    cross join units

),

events as (

    select
        funnel_places.funnel,
        funnel_places.unit,
        funnel_places.position,
        journey_steps.session_key,
        journey_steps.whole_session_began_at,
        journey_steps.platform,
        journey_steps.step,
        journey_steps.occurred_at,
        case
            when funnel_places.unit = 'session' then journey_steps.session_key
            else journey_steps.customer_id
        end as path_id,
        case
            when funnel_places.unit = 'session' then journey_steps.session_number
            else journey_steps.customer_number
        end as number
    from journey_steps
    inner join funnel_places
        on
            journey_steps.step = funnel_places.step
            and case
                when
                    journey_steps.whole_session_began_at is not null
                    or journey_steps.session_key is null
                    then 'person'
                when journey_steps.customer_id is null then 'session'
                else 'both'
            end = funnel_places.followed_in
    where
        journey_steps.customer_id is not null
        or journey_steps.session_key is not null

),

{{ funnel_chains('events') }},

timed as (

    select
        *,
        {{ window_begin }} as window_began_at,
        greatest({{ window_begin }}, whole_session_began_at) as session_window_began_at
    from chained
    {{ kept_apart() }}

),

measured as (

    select
        funnel,
        unit,
        path_id,
        session_key,
        platform,
        number,
        position,
        step,
        occurred_at,
        whole_session_began_at,
        chain_began_at,
        run_began_at,
        {{ counts | join(',\n        ') }}
    from timed

)

select * from measured
