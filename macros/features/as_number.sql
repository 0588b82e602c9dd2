{#
    The column of a feature of user_week_panel as a double, 0 or 1 for a boolean, so that it
    has a mean. A share is read from two columns, and parts from several: their numbers are
    those of `feature_numbers`.
#}
{% macro as_number(feature) -%}

    {%- set column = 'user_week_panel.' ~ feature['name'] -%}
    {%- if feature['family'] == 'binary' -%}
        cast(cast({{ column }} as {{ dbt.type_int() }}) as {{ type_double() }})
    {%- else -%}
        cast({{ column }} as {{ type_double() }})
    {%- endif -%}

{%- endmacro %}
