{#
    The sum of the products of two arrays' items, in their order: the same digits in
    every build, which a sum over joined rows does not promise.
#}
{% macro weighted_sum(weights, numbers) -%}
    {{ adapter.dispatch('weighted_sum', 'user_states')(weights, numbers) }}
{%- endmacro %}

{% macro default__weighted_sum(weights, numbers) -%}
    (
        select sum(items.weight * items.number)
        from unnest({{ weights }}, {{ numbers }}) as items (weight, number)
    )
{%- endmacro %}
