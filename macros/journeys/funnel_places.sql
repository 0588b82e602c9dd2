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
    CTEs that follow people or sessions through funnels, in order: for every event of a
    funnel, `chain_began_at`, the latest moment at which a chain of steps began that the
    event continues. Null if it continues none. The last of them is `chained`.

    events: a CTE with funnel, position and occurred_at. path, number: its columns with
    whose path it is, and the event's number in it.

    position     1      2      1      3      2
    occurred_at  10:00  10:05  10:10  10:15  10:20
    chain began  10:00  10:00  10:10  10:00  10:10
#}
{% macro funnel_chains(events, path, number) -%}

chain_of_1 as (

    select
        {{ events }}.*,
        case when position = 1 then occurred_at end as chain_1
    from {{ events }}

),
{%- for position in range(2, longest_funnel() + 1) %}

chain_of_{{ position }} as (

    select
        chain_of_{{ position - 1 }}.*,
        case
            when position = {{ position }} then max(chain_{{ position - 1 }}) over (
                partition by funnel, {{ path }}
                order by {{ number }}
                rows between unbounded preceding and 1 preceding
            )
        end as chain_{{ position }}
    from chain_of_{{ position - 1 }}

),
{%- endfor %}

chained as (

    select
        chain_of_{{ longest_funnel() }}.*,
        coalesce(
            {%- for position in range(1, longest_funnel() + 1) %}
            chain_{{ position }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as chain_began_at
    from chain_of_{{ longest_funnel() }}

)
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
