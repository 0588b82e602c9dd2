{#
    A list with one expression for each state.

    template: text in which the word STATE stands for the state's number.
#}
{% macro for_each_state(states, template) %}

    {% set expressions = [] %}
    {% for state in states %}
        {% do expressions.append(template | replace('STATE', state)) %}
    {% endfor %}
    {{ return(expressions) }}

{% endmacro %}
