{#
    Arithmetic on logarithms of probabilities. No probability is too small for its
    logarithm, but exp() and ln() stop with an error outside their range in PostgreSQL;
    these macros stay inside it.
#}

{# A number, given as text, as a double: without a cast it would be an exact number. #}
{% macro as_double(number) -%}
    cast('{{ number }}' as {{ type_double() }})
{%- endmacro %}


{#
    The logarithm of a probability of zero: a number far below any sum of logarithms. It
    is not minus infinity, because the difference of two infinities is not a number.
#}
{% macro log_zero() -%}
    {{ as_double('-1e300') }}
{%- endmacro %}


{# The logarithm of a probability, which may be zero: ln(0) is an error. #}
{% macro log_of(probability) -%}
    case when {{ probability }} > 0 then ln({{ probability }}) else {{ log_zero() }} end
{%- endmacro %}


{#
    The exponential of a logarithm that is not far above 0. Below -700 it returns
    exp(-700), about 1e-304, because an underflow is an error in PostgreSQL. Next to a 1
    this adds nothing.
#}
{% macro exp_of(logarithm) -%}
    exp(greatest({{ logarithm }}, -700))
{%- endmacro %}


{# The probability with a given logarithm: 0 below exp(-700), at most 1. #}
{% macro probability_of(logarithm) -%}
    case when {{ logarithm }} > -700 then exp(least({{ logarithm }}, 0)) else 0 end
{%- endmacro %}


{#
    ln(exp(a) + exp(b) + …), written out. The largest term is subtracted first: its
    exponential is then 1, so the sum is never zero.

    terms: the logarithms. largest: an expression for the largest of them. It is repeated
    for each term, so it should be a column.
#}
{% macro log_sum_exp(terms, largest) -%}

    {%- set exponentials = [] -%}
    {%- for term in terms -%}
        {%- do exponentials.append(exp_of(term ~ ' - ' ~ largest)) -%}
    {%- endfor -%}
    {{ largest }} + ln({{ exponentials | join(' + ') }})

{%- endmacro %}
