{#
    Student's t distribution with any degrees of freedom from 1 on. Arguments are columns of
    doubles: each is written several times.
#}

{#
    Probability that the size of a t variable is at least that of t: the p-value of a
    two-sided test. Within 1e-9 of itself down to 1e-290, then 0.

    The tail integral, substituted so that the integrand is exp(-y) / √(…), without any
    cancellation; the same nodes as for the normal distribution.
#}
{% macro student_two_sided_p(t, df) -%}
    {%- set square = 'power(least(greatest(abs(' ~ t ~ "), 1e-100), 1e100), 2)" -%}
    {%- set u = '(' ~ square ~ ' / ' ~ df ~ ')' -%}
    {%- set y_part = '(' ~ quadrature_node() ~ ' / ' ~ df ~ ')' -%}
    case
        when {{ t }} is not null and {{ df }} is not null
            then 2 * {{ student_gamma_ratio(df) }} / sqrt(pi()) / {{ df }}
                * {{ probability_of('-' ~ df ~ ' / 2 * ' ~ log_of_one_plus(u)) }}
                * {{ sum_over_nodes(
                    'sqrt((' ~ u ~ ' + 2 * exp(-' ~ y_part ~ ') * sinh(' ~ y_part
                    ~ ')) / (1 + ' ~ u ~ '))'
                ) }}
    end
{%- endmacro %}


{#
    Γ((df + 1) / 2) / Γ(df / 2), by its asymptotic series at a point 10 further on. Its
    error is below 3e-10 of it.
#}
{% macro student_gamma_ratio(df) -%}
    {%- set a = '(' ~ df ~ ' / 2 + 10)' -%}
    {%- set factors = [] -%}
    {%- for step in range(10) -%}
        {%- do factors.append(
            '((' ~ df ~ ' / 2 + ' ~ step ~ ') / (' ~ df ~ ' / 2 + ' ~ (step + 0.5) ~ '))'
        ) -%}
    {%- endfor -%}
    (sqrt({{ a }}) * {{ polynomial('(1 / ' ~ a ~ ')', [
        '1', '-0.125', '0.0078125', '0.0048828125', '-0.000640869140625',
        '-0.001522064208984375',
    ]) }} * {{ factors | join(' * ') }})
{%- endmacro %}


{# ln(1 + u) for u ≥ 0, also where 1 + u is rounded to 1. #}
{% macro log_of_one_plus(u) -%}
    (case
        when 1 + {{ u }} = 1 then {{ u }}
        else {{ u }} * ln(1 + {{ u }}) / ((1 + {{ u }}) - 1)
    end)
{%- endmacro %}


{#
    A first guess at the value whose two-sided p-value is alpha (Wallace 1959, Annals of
    Mathematical Statistics 30:1121-1130). z: that of the normal distribution.
#}
{% macro student_quantile_start(z, df) -%}
    case
        when {{ df }} > 1e7 then {{ z }}
        else sqrt({{ df }} * (exp(least(
            power({{ z }} * (8 * {{ df }} + 3) / (8 * {{ df }} + 1), 2) / {{ df }}, 40
        )) - 1))
    end
{%- endmacro %}


{#
    A better guess at the value whose two-sided p-value is alpha: Newton's method on the
    logarithms of both. Two steps after student_quantile_start are within 1e-8 of it, for
    alpha from 1e-6 to 0.5.
#}
{% macro student_quantile_step(guess, alpha, df, p) -%}
    {{ guess }} * exp(
        ln({{ p }} / {{ alpha }}) * {{ p }} / (
            2 * {{ guess }} * {{ student_gamma_ratio(df) }} / sqrt(pi() * {{ df }})
            * exp(-({{ df }} + 1) / 2 * {{ log_of_one_plus(
                '(' ~ guess ~ ' * ' ~ guess ~ ' / ' ~ df ~ ')'
            ) }})
        )
    )
{%- endmacro %}
