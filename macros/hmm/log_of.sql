{# The logarithm of a probability, which may be zero: ln(0) is an error. #}
{% macro log_of(probability) -%}
    case when {{ probability }} > 0 then ln({{ probability }}) else {{ log_zero() }} end
{%- endmacro %}
