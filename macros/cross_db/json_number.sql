{# The number under a key of a JSON object, as a double; null where there is no such key. #}
{% macro json_number(object, key) -%}
    {{ adapter.dispatch('json_number', 'user_states')(object, key) }}
{%- endmacro %}

{% macro default__json_number(object, key) -%}
    cast({{ object }} ->> {{ key }} as double precision)
{%- endmacro %}
