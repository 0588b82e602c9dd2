{# A part divided by the whole, as a double. Null if the whole is zero. #}
{% macro share(part, whole) -%}
    cast({{ part }} as {{ type_double() }}) / nullif({{ whole }}, 0)
{%- endmacro %}
