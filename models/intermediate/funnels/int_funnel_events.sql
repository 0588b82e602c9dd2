{#
    The events that are steps of a funnel, in the journeys of people and of sessions, with
    the chain of steps that each continues, and what comes after it.
#}
{%- set places = range(1, longest_funnel() + 1) -%}
{%- set window_seconds = var('journey_window_hours') * 3600 -%}
{#- Of each place: its next event, and whether it is here or to come. -#}
{%- set next, in_window, ever = [], [], [] -%}
{%- for place in places -%}
    {%- do next.append(
        'min(case when chained.position = ' ~ place ~ ' then chained.occurred_at end)'
        ~ ' over later_events as next_' ~ place
    ) -%}
    {%- do in_window.append(
        'case when position = ' ~ place ~ ' or next_' ~ place ~ ' <= window_ends_at'
        ~ ' then 1 else 0 end'
    ) -%}
    {%- do ever.append(
        'case when position = ' ~ place ~ ' or next_' ~ place ~ ' is not null'
        ~ ' then 1 else 0 end'
    ) -%}
{%- endfor -%}
with

journey_steps as (

    select * from {{ ref('int_journey_steps') }}

),

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

units as (

    select 'session' as unit
    union all
    select 'person' as unit

),

-- Few rows, so that the events are read once for both units.
funnel_places as (

    select
        funnel_steps.funnel,
        funnel_steps.position,
        funnel_steps.step,
        units.unit
    from funnel_steps
    cross join units

),

placed as (

    select
        funnel_places.funnel,
        funnel_places.unit,
        funnel_places.position,
        journey_steps.event_key,
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
        on journey_steps.step = funnel_places.step

),

events as (

    select
        *,
        {{ seconds_after('occurred_at', window_seconds) }} as window_ends_at
    from placed
    where path_id is not null

),

{{ funnel_chains('events') }},

-- The first event of each place after this one.
followed as (

    select
        chained.*,
        {{ next | join(',\n        ') }}
    from chained
    window
        later_events as (
            partition by path_id, funnel, unit
            order by number desc
            rows between unbounded preceding and 1 preceding
        )

),

measured as (

    select
        funnel,
        unit,
        path_id,
        event_key,
        platform,
        number,
        position,
        step,
        occurred_at,
        chain_began_at,
        run_began_at,
        {{ next_of_place(places) }} as next_same_at,
        {{ next_after_place(places) }} as next_further_at,
        cast({{ in_window | join(' + ') }} as {{ dbt.type_int() }})
            as n_places_in_window,
        cast({{ ever | join(' + ') }} as {{ dbt.type_int() }}) as n_places_ever
    from followed

)

select * from measured
