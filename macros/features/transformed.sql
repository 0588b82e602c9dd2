{# A feature of user_week_panel as a double, on the scale on which it is compared. #}
{% macro transformed(feature) -%}

    {%- set number = as_number(feature) -%}
    {%- if feature['transform'] == 'log1p' -%}
        {%- set number = 'ln(1 + ' ~ number ~ ')' -%}
    {%- endif -%}
    {{ number }}

{%- endmacro %}
