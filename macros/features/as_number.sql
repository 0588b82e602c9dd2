{# A feature of user_week_panel as a double, so that it has a mean: 0 or 1 for a boolean. #}
{% macro as_number(feature) -%}

    {%- set column = 'user_week_panel.' ~ feature['name'] -%}
    {%- if feature['family'] == 'binary' -%}
        cast(cast({{ column }} as integer) as double precision)
    {%- else -%}
        cast({{ column }} as double precision)
    {%- endif -%}

{%- endmacro %}
