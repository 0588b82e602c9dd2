{#
    The standard normal distribution. Arguments are columns of doubles: each is written
    several times.
#}

{#
    Probability that the size of a standard normal variable is at least that of z: the
    p-value of a two-sided test. Within 1e-9 of itself down to 1e-290, then 0.

    erfc(x) = exp(-x²) / √π ∫ exp(-y) / √(x² + y) dy, which has no cancellation. The
    integral is the trapezoid rule in ln y, with 148 nodes.
#}
{% macro normal_two_sided_p(z) -%}
    {%- set half_square = 'power(least(greatest(abs(' ~ z ~ "), 1e-100), 1e100), 2) / 2" -%}
    case
        when {{ z }} is not null
            then {{ probability_of('-' ~ half_square) }} / sqrt(pi()) * {{ sum_over_nodes(
                'sqrt(' ~ half_square ~ ' + ' ~ quadrature_node() ~ ')'
            ) }}
    end
{%- endmacro %}


{# Probability that a standard normal variable is below z. #}
{% macro normal_below(z) -%}
    case
        when {{ z }} < 0 then ({{ normal_two_sided_p(z) }}) / 2
        when {{ z }} >= 0 then 1 - ({{ normal_two_sided_p(z) }}) / 2
    end
{%- endmacro %}


{#
    The value that a standard normal variable exceeds with probability p, for p from 1e-300
    to 0.5. Algorithm AS 241, PPND16 (Wichura 1988, Applied Statistics 37:477-484); its
    error is below 1e-15.
#}
{% macro normal_upper_quantile(p) -%}
    {%- set q = '(0.5 - ' ~ p ~ ')' -%}
    {%- set r = '(0.180625 - ' ~ q ~ ' * ' ~ q ~ ')' -%}
    {%- set s = '(sqrt(-ln(' ~ p ~ ')) - 1.6)' -%}
    {%- set t = '(sqrt(-ln(' ~ p ~ ')) - 5)' -%}
    case
        when {{ p }} >= 0.075 then {{ q }} * {{ polynomial(r, [
            '3.3871328727963666080', '1.3314166789178437745e2', '1.9715909503065514427e3',
            '1.3731693765509461125e4', '4.5921953931549871457e4', '6.7265770927008700853e4',
            '3.3430575583588128105e4', '2.5090809287301226727e3',
        ]) }} / {{ polynomial(r, [
            '1', '4.2313330701600911252e1', '6.8718700749205790830e2',
            '5.3941960214247511077e3', '2.1213794301586595867e4', '3.9307895800092710610e4',
            '2.8729085735721942674e4', '5.2264952788528545610e3',
        ]) }}
        when {{ p }} >= 1.4e-11 then {{ polynomial(s, [
            '1.42343711074968357734', '4.63033784615654529590', '5.76949722146069140550',
            '3.64784832476320460504', '1.27045825245236838258', '2.41780725177450611770e-1',
            '2.27238449892691845833e-2', '7.74545014278341407640e-4',
        ]) }} / {{ polynomial(s, [
            '1', '2.05319162663775882187', '1.67638483018380384940',
            '6.89767334985100004550e-1', '1.48103976427480074590e-1',
            '1.51986665636164571966e-2', '5.47593808499534494600e-4',
            '1.05075007164441684324e-9',
        ]) }}
        when {{ p }} > 0 then {{ polynomial(t, [
            '6.65790464350110377720', '5.46378491116411436990', '1.78482653991729133580',
            '2.96560571828504891230e-1', '2.65321895265761230930e-2',
            '1.24266094738807843860e-3', '2.71155556874348757815e-5',
            '2.01033439929228813265e-7',
        ]) }} / {{ polynomial(t, [
            '1', '5.99832206555887937690e-1', '1.36929880922735805310e-1',
            '1.48753612908506148525e-2', '7.86869131145613259100e-4',
            '1.84631831751005468180e-5', '1.42151175831644588870e-7',
            '2.04426310338993978564e-15',
        ]) }}
    end
{%- endmacro %}


{# A polynomial by Horner's rule; the coefficient of the lowest power comes first. #}
{% macro polynomial(x, coefficients) -%}
    {%- set written = {'out': as_double(coefficients[-1])} -%}
    {%- for coefficient in coefficients[:-1] | reverse -%}
        {%- do written.update(
            {'out': '(' ~ written['out'] ~ ' * ' ~ x ~ ' + ' ~ as_double(coefficient) ~ ')'}
        ) -%}
    {%- endfor -%}
    {{ return(written['out']) }}
{%- endmacro %}


{# The point of the quadrature at number `node`: y = exp(0.35 node). #}
{% macro quadrature_node() -%}
    {{ return("exp(0.35 * cast(node as " ~ type_double() ~ "))") }}
{%- endmacro %}


{# ∫ exp(-y) / divisor dy over y > 0: the divisor names y as quadrature_node(). #}
{% macro sum_over_nodes(divisor) -%}
    {%- set y = quadrature_node() -%}
    {{ sum_over_integers(-135, 12, 'node',
        '0.35 * ' ~ y ~ ' * exp(-' ~ y ~ ') / (' ~ divisor ~ ')'
    ) }}
{%- endmacro %}
