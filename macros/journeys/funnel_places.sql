{# The most places that a funnel may have: SQL is written out for each of them. #}
{% macro longest_possible_funnel() %}
    {{ return(12) }}
{% endmacro %}


{#
    How many places each funnel of the log has, by its name. At least one funnel, also if
    nothing is built yet.
#}
{% macro lengths_of_funnels() %}

    {% set funnels, lengths = ref('int_funnel_steps'), {} %}
    {% if execute and load_relation(funnels) is not none %}
        {% set found = run_query(
            'select funnel, max(n_positions) from ' ~ funnels ~ ' group by funnel order by funnel'
        ) %}
        {% for row in found.rows %}
            {% do lengths.update({row[0]: row[1] | int}) %}
        {% endfor %}
    {% endif %}
    {{ return(lengths or {'no funnel': 2}) }}

{% endmacro %}


{#
    CTEs that follow people and sessions through a funnel, in order. The last of them is
    `chained_1` for the funnel with the number 1, with these columns for its events. It
    leaves out an event of the first place right after another one of the same session.

    chain_began_at    the latest moment at which a chain of steps began that the event
                      continues; null if it continues none
    run_began_at      the same if nothing may come between; null if it is in no run from
                      the first place on
    session_began_at  the first event of the funnel in the same session
    last_1, …         the latest event of each place, up to this one

    It reads the CTE `events_1` with unit, path_id, session_key, number, position and
    occurred_at.

    number       1      2      4      5      6
    position     1      2      1      3      2
    occurred_at  10:00  10:05  10:10  10:15  10:20
    chain began  10:00  10:00  10:10  10:00  10:10
    run began    10:00  10:00  10:10

    All windows have the same order, so rows are sorted once. Most events are of the first
    place: what they add to the others is found at once, so that few of them are kept.
    `broken_number` is an event that does not go on from the one before it: later events
    are in a run if the newest first place came after all of these.
#}
{% macro funnel_chains(funnel, n_places) -%}

{%- set last_level = [n_places, 3] | max -%}
{%- set kept = [
    'customer_checksum', 'number', 'occurred_at', 'position', 'last_1', 'unit', 'path_id',
    'session_key', 'step', 'platform',
] -%}
{%- set window -%}
window
        earlier_events as (
            partition by customer_checksum, path_id, unit
            order by number
            rows between unbounded preceding and 1 preceding
        )
{%- endset -%}

begun_{{ funnel }} as (

    select
        events_{{ funnel }}.*,
        max(case when position = 1 then occurred_at end) over earlier_events
            as first_place_at,
        max(case when position = 1 then number end) over earlier_events
            as first_place_number,
        lag(position) over earlier_events as position_before,
        lag(number) over earlier_events as number_before,
        coalesce(lag(session_key) over earlier_events = session_key, false)
            as is_in_session_before
    from events_{{ funnel }}
    {{ window }}

),

level_2_of_{{ funnel }} as (

    select
        {{ kept | reject('eq', 'last_1') | join(',\n        ') }},
        first_place_number,
        is_in_session_before,
        case when position = 1 then occurred_at else first_place_at end as last_1,
        case
            when position = 1 then occurred_at
            when position = 2 then first_place_at
        end as chain_2,
        case
            when
                position > 1
                and (
                    number_before is null
                    or number_before < number - 1
                    or position_before <> position - 1
                )
                then number
        end as broken_number
    from begun_{{ funnel }}
    where position > 1 or position_before > 1 or not is_in_session_before

),
{%- for level in range(3, last_level + 1) %}

level_{{ level }}_of_{{ funnel }} as (

    select
        {{ kept | join(',\n        ') }},
        {%- if level == 3 %}
        case
            when is_in_session_before
                then max(case when not is_in_session_before then occurred_at end)
                    over earlier_events
            else occurred_at
        end as session_began_at,
        case
            when position = 1 then occurred_at
            when
                coalesce(broken_number, max(broken_number) over earlier_events, 0)
                < first_place_number
                then last_1
        end as run_began_at,
        {%- else %}
        session_began_at,
        run_began_at,
        {%- endif %}
        {%- if level == last_level %}
        {%- for place in range(2, n_places + 1) %}
        case
            when position = {{ place }} then occurred_at
            else max(case when position = {{ place }} then occurred_at end)
                over earlier_events
        end as last_{{ place }},
        {%- endfor %}
        {%- endif %}
        case
            when position = {{ level }}
                then max(case when position = {{ level - 1 }} then chain_{{ level - 1 }} end)
                    over earlier_events
            else chain_{{ level - 1 }}
        end as chain_{{ level }}
    from level_{{ level - 1 }}_of_{{ funnel }}
    {{ window }}

),
{%- endfor %}

chained_{{ funnel }} as (

    select
        *,
        chain_{{ last_level }} as chain_began_at
    from level_{{ last_level }}_of_{{ funnel }}

)
{%- endmacro %}


{#
    How many of the places of a funnel have their latest event at this moment or later, of
    the columns last_1, last_2, … of `funnel_chains`. Without a moment: have one at all.
#}
{% macro n_places_since(n_places, moment=none) -%}
    {%- for place in range(1, n_places + 1) -%}
        case when last_{{ place }} {{ 'is not null' if moment is none else '>= ' ~ moment }} then 1 else 0 end
        {%- if not loop.last %} + {% endif -%}
    {%- endfor -%}
{%- endmacro %}


{# Of the columns next_1, next_2, …, that of the place itself. #}
{% macro next_of_place(places) -%}
    case position
        {%- for place in places %} when {{ place }} then next_{{ place }}{% endfor %} end
{%- endmacro %}


{# The earliest of the columns next_2, next_3, … that are of later places. #}
{% macro next_after_place(places) -%}
    case position
        {%- for place in places[:-1] %}
        {%- set later = [] -%}
        {%- for other in places if other > place -%}
            {%- do later.append('next_' ~ other) -%}
        {%- endfor %} when {{ place }} then least({{ later | join(', ') }})
        {%- endfor %} end
{%- endmacro %}
