{#
    The logarithm of a probability of zero: a number that no sum of logarithms comes
    near, because the difference of two infinities is not a number.
#}
{% macro log_zero() -%}
    cast('-1e300' as double precision)
{%- endmacro %}
