{# A part of a whole as a double, null where the whole is zero. #}
{% macro share(part, whole) -%}
    cast({{ part }} as double precision) / nullif({{ whole }}, 0)
{%- endmacro %}
