{# The values of a group as one array, in the order of another column. #}
{% macro array_in_order(value, order_by) -%}
    {{ adapter.dispatch('array_in_order', 'user_states')(value, order_by) }}
{%- endmacro %}

{% macro default__array_in_order(value, order_by) -%}
    array_agg({{ value }} order by {{ order_by }})
{%- endmacro %}
