{#
    The exponential of a logarithm that is not above 0 by much. Below exp(-700) it is
    taken for exp(-700), about 1e-304, because PostgreSQL calls an underflow an error;
    beside a 1 that adds nothing.
#}
{% macro exp_of(logarithm) -%}
    exp(greatest({{ logarithm }}, -700))
{%- endmacro %}
