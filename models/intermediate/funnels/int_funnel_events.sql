{#
    The events that are steps of a funnel, in the journeys of people and of sessions, with
    the chain of steps that each continues, and what comes after it.
#}
{%- set places = range(1, longest_funnel() + 1) -%}
{%- set within = seconds_after('occurred_at', var('journey_window_hours') * 3600) -%}
{#- Of each place: its next event, and whether it is here or to come. -#}
{%- set next, in_window, ever = [], [], [] -%}
{%- for place in places -%}
    {%- do next.append(
        'min(case when chained.position = ' ~ place ~ ' then chained.occurred_at end)'
        ~ ' over later_events as next_' ~ place
    ) -%}
    {%- do in_window.append(
        'case when position = ' ~ place ~ ' or next_' ~ place ~ ' <= ' ~ within
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

placed as (

    select
        journey_steps.*,
        funnel_steps.funnel,
        funnel_steps.position
    from journey_steps
    inner join funnel_steps
        on journey_steps.step = funnel_steps.step

),

events as (

    {%- for unit, path, id in [
        ('session', 'session', 'session_key'), ('person', 'customer', 'customer_id')
    ] %}
    select
        funnel,
        '{{ unit }}' as unit,
        {{ id }} as path_id,
        event_key,
        platform,
        {{ path }}_number as number,
        position,
        step,
        occurred_at
    from placed
    where {{ id }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

{{ funnel_chains('events', 'unit, path_id', 'number') }},

-- The first event of each place after this one.
followed as (

    select
        chained.*,
        {{ next | join(',\n        ') }}
    from chained
    window
        later_events as (
            partition by funnel, unit, path_id
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
        {{ next_of_place(places) }} as next_same_at,
        {{ next_after_place(places) }} as next_further_at,
        cast({{ in_window | join(' + ') }} as {{ dbt.type_int() }})
            as n_places_in_window,
        cast({{ ever | join(' + ') }} as {{ dbt.type_int() }}) as n_places_ever
    from followed

)

select * from measured
