{# A line of a CSV file: a null is an empty cell, and text with a comma or quote is quoted. #}
{% macro csv_line(values) %}

    {% set cells = [] %}
    {% for value in values %}
        {% set cell = '' if value is none else value | string %}
        {% if ',' in cell or '"' in cell or '\n' in cell %}
            {% set cell = '"' ~ cell | replace('"', '""') ~ '"' %}
        {% endif %}
        {% do cells.append(cell) %}
    {% endfor %}
    {{ return(cells | join(',')) }}

{% endmacro %}
