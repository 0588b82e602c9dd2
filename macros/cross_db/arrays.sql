{# Several values of one type as one array. #}
{% macro array_of(items) -%}
    {{ adapter.dispatch('array_of', 'user_states')(items) }}
{%- endmacro %}

{% macro default__array_of(items) -%}
    {{ not_implemented('array_of') }}
{%- endmacro %}

{% macro postgres__array_of(items) -%}
    array[{{ items | join(', ') }}]
{%- endmacro %}


{# The values of a group as one array, in the order of one or more other columns. #}
{% macro array_in_order(value, order_by) -%}
    {{ adapter.dispatch('array_in_order', 'user_states')(value, order_by) }}
{%- endmacro %}

{% macro default__array_in_order(value, order_by) -%}
    {{ not_implemented('array_in_order') }}
{%- endmacro %}

{% macro postgres__array_in_order(value, order_by) -%}
    array_agg({{ value }} order by {{ order_by }})
{%- endmacro %}


{# One number of an array. The first one has position 1. #}
{% macro array_item(numbers, position) -%}
    {{ adapter.dispatch('array_item', 'user_states')(numbers, position) }}
{%- endmacro %}

{% macro default__array_item(numbers, position) -%}
    {{ not_implemented('array_item') }}
{%- endmacro %}

{% macro postgres__array_item(numbers, position) -%}
    {{ numbers }}[{{ position }}]
{%- endmacro %}


{# The position, from 1, of the first number of an array that equals a number. #}
{% macro array_position_of(numbers, number) -%}
    {{ adapter.dispatch('array_position_of', 'user_states')(numbers, number) }}
{%- endmacro %}

{% macro default__array_position_of(numbers, number) -%}
    {{ not_implemented('array_position_of') }}
{%- endmacro %}

{% macro postgres__array_position_of(numbers, number) -%}
    array_position({{ numbers }}, {{ number }})
{%- endmacro %}


{#
    The sum of the products of two arrays' items. It adds in the order of the arrays, so
    every build gives the same digits; a sum over joined rows does not promise that.
#}
{% macro weighted_sum(weights, numbers) -%}
    {{ adapter.dispatch('weighted_sum', 'user_states')(weights, numbers) }}
{%- endmacro %}

{% macro default__weighted_sum(weights, numbers) -%}
    {{ not_implemented('weighted_sum') }}
{%- endmacro %}

{% macro postgres__weighted_sum(weights, numbers) -%}
    (
        select sum(items.weight * items.number)
        from unnest({{ weights }}, {{ numbers }}) as items (weight, number)
    )
{%- endmacro %}
