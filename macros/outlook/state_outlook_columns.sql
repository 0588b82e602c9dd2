{# The columns of user_outlook whose means over a state's users are in state_outlook. #}
{% macro state_outlook_columns() %}

    {% set columns = [] %}
    {% for rides in outlook_spend_targets().values() %}
        {% do columns.append(rides) %}
    {% endfor %}
    {{ return(columns + outlook_spend_targets() | list) }}

{% endmacro %}
