{#
    One figure of the outlook: the regression's score of a row's terms, and what it
    means. `chain` is what follows from the states alone, `coefficient` a function of a
    term's name. Bounds as in outlook_model.py: nobody is certain, and exp never
    overflows.
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
        {%- for term in outlook_terms() %}
        + coefficients.{{ target }}__{{ term }} * ride_history.{{ term }}
        {%- endfor %},
        -30
    ), 20)

{%- endmacro %}
