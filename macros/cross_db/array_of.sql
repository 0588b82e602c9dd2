{# Several values of one type as one array. #}
{% macro array_of(items) -%}
    {{ adapter.dispatch('array_of', 'user_states')(items) }}
{%- endmacro %}

{% macro default__array_of(items) -%}
    array[{{ items | join(', ') }}]
{%- endmacro %}
