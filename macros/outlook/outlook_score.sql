{#
    The score of a row under one regression of the outlook.

    kind: `probability` or `rides`, see outlook_targets. chain: the forecast that follows
    from the states alone. The bounds are those of Python (outlook_terms.py and
    ridge_regression.py): no probability is 0 or 1, and exp never overflows.
#}
{% macro outlook_score(target, kind, chain) %}

    {%- if kind == 'probability' -%}
        {%- set bounded = 'least(greatest(' ~ chain ~ ', 1e-6), 1 - 1e-6)' -%}
        {%- set forecast = 'ln(' ~ bounded ~ ' / (1 - ' ~ bounded ~ '))' -%}
    {%- else -%}
        {%- set forecast = 'ln(greatest(' ~ chain ~ ', 1e-6))' -%}
    {%- endif -%}
    least(greatest(
        coefficients.{{ target }}__intercept
        + coefficients.{{ target }}__forecast * {{ forecast }}
        {%- for name, knot in outlook_knots().items() %}
        + coefficients.{{ target }}__forecast_above_{{ name }}
        * greatest({{ forecast }} - ({{ knot }}), 0)
        {%- endfor %}
        {%- for term in outlook_terms() %}
        + coefficients.{{ target }}__{{ term }} * ride_history.{{ term }}
        {%- endfor %},
        -30
    ), 20)

{%- endmacro %}


{# The probability of some log-odds; none is 0 or 1. #}
{% macro published_probability(log_odds) -%}
    least(greatest(1 / (1 + exp(-({{ log_odds }}))), 1e-6), 1 - 1e-6)
{%- endmacro %}
