{# A feature of user_week_panel as a double, after its transform but not scaled. #}
{% macro transformed(feature) -%}

    {%- set number = as_number(feature) -%}
    {%- if feature['transform'] == 'log1p' -%}
        {%- set number = 'ln(1 + ' ~ number ~ ')' -%}
    {%- endif -%}
    {{ number }}

{%- endmacro %}


{# The same as `feature_numbers`, after the transform of the feature. #}
{% macro transformed_numbers(feature) %}

    {% if feature['family'] in ('share', 'parts') %}
        {{ return(feature_numbers(feature)) }}
    {% endif %}
    {{ return({feature['name']: transformed(feature)}) }}

{% endmacro %}
