{# A feature of user_week_panel as a double, after its transform but not scaled. #}
{% macro transformed(feature) -%}

    {%- set number = as_number(feature) -%}
    {%- if feature['transform'] == 'log1p' -%}
        {%- set number = 'ln(1 + ' ~ number ~ ')' -%}
    {%- endif -%}
    {{ number }}

{%- endmacro %}


{#
    The numbers of some features, by name, as `feature_numbers` returns those of one, but after
    the transform of each feature.
#}
{% macro transformed_numbers(names) %}

    {% set numbers = {} %}
    {% for feature in var('features') if feature['name'] in names %}
        {% if feature['family'] in ('share', 'parts') %}
            {% do numbers.update(feature_numbers(feature)) %}
        {% else %}
            {% do numbers.update({feature['name']: transformed(feature)}) %}
        {% endif %}
    {% endfor %}
    {{ return(numbers) }}

{% endmacro %}
