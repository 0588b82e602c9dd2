{# A number, given as text, as a double: without a cast it would be a numeric. #}
{% macro as_double(number) -%}
    cast('{{ number }}' as double precision)
{%- endmacro %}
