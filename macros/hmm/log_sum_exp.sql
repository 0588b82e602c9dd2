{#
    ln(exp(a) + exp(b) + …), written out. The largest term is taken off first, so that
    its exponential is 1, and no sum is ever zero.

    terms: the logarithms. largest: an expression for the largest of them; it is
    mentioned once for each, so it should be a column.
#}
{% macro log_sum_exp(terms, largest) -%}

    {%- set exponentials = [] -%}
    {%- for term in terms -%}
        {%- do exponentials.append(exp_of(term ~ ' - ' ~ largest)) -%}
    {%- endfor -%}
    {{ largest }} + ln({{ exponentials | join(' + ') }})

{%- endmacro %}
