{#
    A sum of amounts as a double. Exact numbers are added up, because sums of doubles
    depend on the order of the rows, and two builds would differ in the last digit. Null
    if every amount is null, as money is in a log without prices.
#}
{% macro exact_sum(amount) -%}
    cast(
        sum(cast({{ amount }} as {{ type_exact(28, 4) }})) as {{ type_double() }}
    )
{%- endmacro %}
