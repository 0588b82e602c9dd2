{# The probability that a logarithm stands for: 0 where it is too small to tell. #}
{% macro probability_of(logarithm) -%}
    case when {{ logarithm }} > -700 then exp(least({{ logarithm }}, 0)) else 0 end
{%- endmacro %}
