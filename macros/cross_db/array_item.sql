{# One number of an array, the first of which is at position 1. #}
{% macro array_item(numbers, position) -%}
    {{ adapter.dispatch('array_item', 'user_states')(numbers, position) }}
{%- endmacro %}

{% macro default__array_item(numbers, position) -%}
    {{ numbers }}[{{ position }}]
{%- endmacro %}
