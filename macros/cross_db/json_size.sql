{# How many items a JSON list has. #}
{% macro json_size(column) -%}
    {{ adapter.dispatch('json_size', 'user_states')(column) }}
{%- endmacro %}

{% macro default__json_size(column) -%}
    json_array_length(cast({{ column }} as json))
{%- endmacro %}
