{# The logarithm of each way into a state: of being in a state, and moving from there. #}
{% macro ways_into(model, state) %}

    {% set ways = [] %}
    {% for log_probabilities in model['log_transition'] %}
        {% do ways.append('log_belief_' ~ loop.index ~ ' + ' ~ as_double(log_probabilities[state - 1])) %}
    {% endfor %}
    {{ return(ways) }}

{% endmacro %}
