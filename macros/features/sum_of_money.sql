{#
    A sum of money as a double. Exact numbers are added up, because sums of doubles depend
    on the order of the rows, and two builds would differ in the last digit. Null if every
    amount is null, as in a log without prices.
#}
{% macro sum_of_money(amount) -%}
    cast(
        sum(cast({{ amount }} as {{ type_exact(28, 4) }})) as {{ type_double() }}
    )
{%- endmacro %}
