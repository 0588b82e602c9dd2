{#
    A list with one expression for each state.

    template: a text in which STATE stands for the number of the state.
#}
{% macro for_each_state(states, template) %}

    {% set expressions = [] %}
    {% for state in states %}
        {% do expressions.append(template | replace('STATE', state)) %}
    {% endfor %}
    {{ return(expressions) }}

{% endmacro %}
