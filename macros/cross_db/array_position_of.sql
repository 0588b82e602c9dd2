{# The position, from 1, of the first number of an array that equals a number. #}
{% macro array_position_of(numbers, number) -%}
    {{ adapter.dispatch('array_position_of', 'user_states')(numbers, number) }}
{%- endmacro %}

{% macro default__array_position_of(numbers, number) -%}
    array_position({{ numbers }}, {{ number }})
{%- endmacro %}
