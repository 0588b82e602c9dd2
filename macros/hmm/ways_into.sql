{#
    The ways into a state, from the states of a week earlier; a user keeps the level.
#}

{#
    The logarithm of the probability of each way into a state: to be in some state a week
    earlier, and to move from there.
#}
{% macro ways_into(model, level_id, state) %}

    {% set ways = [] %}
    {% for log_probabilities in model['log_transition'] %}
        {% do ways.append(
            'log_belief_' ~ level_id ~ '_' ~ loop.index ~ ' + ' ~ as_double(log_probabilities[state - 1])
        ) %}
    {% endfor %}
    {{ return(ways) }}

{% endmacro %}


{#
    The probability of the ways into a state together, in units of the level's most probable
    state: the sum of `relative_…` times the transition probabilities. Products below 1e-100
    times that state's probability are left out, because an underflow is an error in
    PostgreSQL.
#}
{% macro sum_of_ways_into(model, level_id, state) -%}

    {%- set products = [] -%}
    {%- for log_probabilities in model['log_transition'] -%}
        {%- if log_probabilities[state - 1] | float > -230 -%}
            {%- do products.append(
                'relative_' ~ level_id ~ '_' ~ loop.index ~ ' * '
                ~ as_double(model['transition'][loop.index0][state - 1])
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ products | join(' + ') or as_double(0) }}

{%- endmacro %}


{#
    Whether the sum of the ways into a state may be too small to have enough digits: where
    some transition into it is nearly impossible. Otherwise the sum is at least the
    transition probability from the most probable state.
#}
{% macro may_be_out_of_reach(model, state) %}

    {% set tiny = [] %}
    {% for log_probabilities in model['log_transition'] if log_probabilities[state - 1] | float < -195 %}
        {% do tiny.append(loop.index) %}
    {% endfor %}
    {{ return(tiny | length > 0) }}

{% endmacro %}
