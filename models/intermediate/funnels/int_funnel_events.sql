{#
    The events that are steps of a funnel, with the chain of steps that each continues, and
    how many places came before it. An event of the first place right after another one of
    the same session is left out: it adds nothing.

    A whole session stands together in its customer's journey, so its events are followed
    there, once: what began with the session or later belongs to it, too. Events of split
    sessions are followed once more, as journeys of their own.
#}
{%- set window_seconds = var('journey_window_hours') * 3600 -%}
{%- set window_begin = seconds_after('occurred_at', -window_seconds) -%}
{%- set funnels = lengths_of_funnels() -%}
with

customer_steps as (

    select * from {{ ref('int_customer_steps') }}

),

split_steps as (

    select * from {{ ref('int_split_steps') }}

),

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

-- In this order the rows are sorted already, which makes sorting them again cheap.
steps as {{ read_each_time() }} (

    select
        customer_checksum,
        customer_number as number,
        occurred_at,
        'person' as unit,
        customer_id as path_id,
        session_key,
        step,
        platform
    from customer_steps
    where customer_id is not null
    union all
    select
        cast(null as {{ dbt.type_bigint() }}) as customer_checksum,
        session_number as number,
        occurred_at,
        'session' as unit,
        session_key as path_id,
        session_key,
        step,
        platform
    from split_steps
    where session_key is not null

),
{%- for funnel, n_places in funnels.items() %}
{%- set name = dbt.string_literal(dbt.escape_single_quotes(funnel)) -%}
{%- set counts = [] -%}
{#- Places up to the event: for the most that any window has, it does not matter at
    which of its ends one looks. -#}
{%- for name, moment in [
    ('n_places_in_window', 'window_began_at'), ('n_places_ever', none),
    ('n_session_places', 'session_began_at'),
] -%}
    {%- do counts.append(
        'cast(' ~ n_places_since(n_places, moment) ~ ' as ' ~ dbt.type_int() ~ ') as ' ~ name
    ) -%}
{%- endfor %}

events_{{ loop.index }} as (

    select
        steps.*,
        funnel_steps.position
    from steps
    inner join funnel_steps
        on steps.step = funnel_steps.step
    where funnel_steps.funnel = {{ name }}

),

{{ funnel_chains(loop.index, n_places) }},

timed_{{ loop.index }} as (

    select
        *,
        {{ window_begin }} as window_began_at
    from chained_{{ loop.index }}
    {{ kept_apart() }}

),

measured_{{ loop.index }} as (

    select
        {{ name }} as funnel,
        unit,
        path_id,
        session_key,
        platform,
        number,
        position,
        step,
        occurred_at,
        session_began_at,
        chain_began_at,
        run_began_at,
        {{ counts | join(',\n        ') }}
    from timed_{{ loop.index }}

),
{%- endfor %}

combined as (
    {%- for funnel in funnels %}

    select * from measured_{{ loop.index }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

select * from combined
