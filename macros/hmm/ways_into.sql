{#
    The logarithm of the probability of each way into a state: to be in some state a week
    earlier, and to move from there.
#}
{% macro ways_into(model, state) %}

    {% set ways = [] %}
    {% for log_probabilities in model['log_transition'] %}
        {% do ways.append('log_belief_' ~ loop.index ~ ' + ' ~ as_double(log_probabilities[state - 1])) %}
    {% endfor %}
    {{ return(ways) }}

{% endmacro %}
