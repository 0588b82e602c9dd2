{#
    What a belief says of states and of levels. Its entries are those of the first level,
    state by state, then those of the next level.
#}

{#
    The probability of each state, as a list: the sum of a belief's entries over the levels.
    Rounding could make the sum of several greater than 1.
#}
{% macro sums_over_levels(model, belief) %}

    {% set sums = [] %}
    {% for state in range(1, model['n_states'] + 1) %}
        {% set items = [] %}
        {% for level in model['levels'] %}
            {% do items.append(array_item(belief, state + loop.index0 * model['n_states'])) %}
        {% endfor %}
        {% set sum = items | join(' + ') %}
        {% do sums.append('least(' ~ sum ~ ', 1)' if items | length > 1 else sum) %}
    {% endfor %}
    {{ return(sums) }}

{% endmacro %}


{# The expected level: the mean of the effects, weighted by the probability of each level. #}
{% macro user_level(model, belief) -%}

    {%- set n_states, terms = model['n_states'], [] -%}
    {%- for level in model['levels'] -%}
        {%- set items = [] -%}
        {%- for position in range(loop.index0 * n_states + 1, loop.index * n_states + 1) -%}
            {%- do items.append(array_item(belief, position)) -%}
        {%- endfor -%}
        {%- do terms.append(as_double(level['effect']) ~ ' * (' ~ items | join(' + ') ~ ')') -%}
    {%- endfor -%}
    {{ terms | join(' + ') if model['levels'] | length > 1 else as_double(model['levels'][0]['effect']) }}

{%- endmacro %}
