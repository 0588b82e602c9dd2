{# The most places that a funnel may have: SQL is written out for each of them. #}
{% macro longest_possible_funnel() %}
    {{ return(12) }}
{% endmacro %}


{#
    The number of places of the longest funnel of the seed: at least 2, also if nothing is
    built yet.
#}
{% macro longest_funnel() %}

    {% set funnels = ref('int_funnel_steps') %}
    {% if not execute or load_relation(funnels) is none %}
        {{ return(2) }}
    {% endif %}
    {% set found = run_query('select max(position) from ' ~ funnels).columns[0].values()[0] %}
    {{ return([found or 2, 2] | max) }}

{% endmacro %}


{#
    CTEs that follow people or sessions through funnels, in order. The last of them is
    `chained`, with these columns for every event of a funnel:

    chain_began_at  the latest moment at which a chain of steps began that the event
                    continues; null if it continues none
    run_began_at    the same if nothing may come between; null if it is in no run from
                    the first place on
    last_1, …       the latest event of each place, up to this one

    events: a CTE with funnel, unit, path_id, number, position and occurred_at.

    number       1      2      4      5      6
    position     1      2      1      3      2
    occurred_at  10:00  10:05  10:10  10:15  10:20
    chain began  10:00  10:00  10:10  10:00  10:10
    run began    10:00  10:00  10:10

    All windows have the same order, so rows are sorted once. It begins with path_id,
    because few rows have the same one, and sorts seldom compare a second column.
#}
{% macro funnel_chains(events) -%}

{%- set places = range(1, longest_funnel() + 1) -%}
{%- set last_level = [longest_funnel(), 3] | max -%}
{%- set window -%}
window
        earlier_events as (
            partition by path_id, funnel, unit
            order by number
            rows between unbounded preceding and 1 preceding
        )
{%- endset -%}

chain_of_1 as (

    select
        {{ events }}.*,
        case when position = 1 then occurred_at end as chain_1
    from {{ events }}

),
{%- for level in range(2, last_level + 1) %}

chain_of_{{ level }} as (

    select
        chain_of_{{ level - 1 }}.*,
        {%- if level == 2 %}
        coalesce(
            lag(position) over earlier_events = position - 1
            and lag(number) over earlier_events = number - 1, false
        ) as is_next,
        {%- elif level == 3 %}
        case
            when is_next then max(case when not is_next then number end)
                over earlier_events
            else number
        end as run_number,
        case
            when is_next then max(case when not is_next then occurred_at end)
                over earlier_events
            else occurred_at
        end as moment_of_run,
        {%- endif %}
        {%- if level == last_level %}
        {%- for place in places %}
        case
            when position = {{ place }} then occurred_at
            else max(case when position = {{ place }} then occurred_at end)
                over earlier_events
        end as last_{{ place }},
        {%- endfor %}
        {%- endif %}
        case
            when position = {{ level }}
                then max(chain_{{ level - 1 }}) over earlier_events
        end as chain_{{ level }}
    from chain_of_{{ level - 1 }}
    {{ window }}

),
{%- endfor %}

chained as (

    select
        chain_of_{{ last_level }}.*,
        coalesce(
            {%- for level in range(1, last_level + 1) %}
            chain_{{ level }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as chain_began_at,
        case when number - run_number = position - 1 then moment_of_run end
            as run_began_at
    from chain_of_{{ last_level }}

)
{%- endmacro %}


{#
    How many of the places of a funnel have their latest event at this moment or later, of
    the columns last_1, last_2, … of `funnel_chains`. Without a moment: have one at all.
#}
{% macro n_places_since(moment=none) -%}
    {%- for place in range(1, longest_funnel() + 1) -%}
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
