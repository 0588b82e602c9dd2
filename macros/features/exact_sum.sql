{#
    A sum of amounts as a double. Exact numbers are added up, because sums of doubles
    depend on the order of the rows, and two builds would differ in the last digit. Null
    if every amount is null, as money is in a log without prices.

    decimals: that are kept of each amount: four of money; more of forecasts.
#}
{% macro exact_sum(amount, decimals=4) -%}
    cast(
        sum(cast({{ amount }} as {{ type_exact(38, decimals) }})) as {{ type_double() }}
    )
{%- endmacro %}
