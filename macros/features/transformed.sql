{# A feature of user_week_panel as a double, after its transform but not scaled. #}
{% macro transformed(feature) -%}

    {%- set number = as_number(feature) -%}
    {%- if feature['transform'] == 'log1p' -%}
        {%- set number = 'ln(1 + ' ~ number ~ ')' -%}
    {%- endif -%}
    {{ number }}

{%- endmacro %}
