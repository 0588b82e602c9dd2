{# Several doubles as one array. #}
{% macro array_of(numbers) -%}
    {{ adapter.dispatch('array_of', 'user_states')(numbers) }}
{%- endmacro %}

{% macro default__array_of(numbers) -%}
    array[{{ numbers | join(', ') }}]
{%- endmacro %}
