{#
    Probability that a chi-square variable is at least x: the p-value of a chi-square test.
    df: a whole number from 1 on; null below. Both are columns, or x a column and df a
    literal. Within 1e-9 of itself down to 1e-290, then 0.

    Γ(df/2, x/2) / Γ(df/2) as a finite sum of positive terms: (x/2)^a exp(-x/2) / Γ(a + 1),
    for a from 0 (df even) or 1/2 (df odd) up to df/2 - 1; of an odd df also
    erfc(√(x/2)), the p-value of df 1.
#}
{% macro chi_square_p_value(x, df) -%}
    {%- set half_x = '(cast(' ~ x ~ ' as ' ~ type_double() ~ ') / 2)' -%}
    {%- set a = '(step + (' ~ df ~ ' % 2) / ' ~ as_double('2') ~ ')' -%}
    case
        when {{ df }} < 1 then null
        when {{ x }} <= 0 then 1
        when {{ x }} > 0 then least(1, case
            when {{ df }} % 2 = 0 then 0
            else ({{ normal_two_sided_p('sqrt(' ~ x ~ ')') }})
        end + {{ sum_over_integers(
            0, df ~ ' / 2 - 1', 'step',
            probability_of(
                a ~ ' * ln(' ~ half_x ~ ') - ' ~ half_x ~ ' - ' ~ log_gamma('(' ~ a ~ ' + 1)')
            )
        ) }})
    end
{%- endmacro %}


{#
    ln Γ(z) for z ≥ 1, by Stirling's series at a point 8 further on; its error is below
    1e-14.
#}
{% macro log_gamma(z) -%}
    {%- set far = '(' ~ z ~ ' + 8)' -%}
    {%- set factors = [] -%}
    {%- for step in range(8) -%}
        {%- do factors.append('(' ~ z ~ ' + ' ~ step ~ ')') -%}
    {%- endfor -%}
    ((({{ far }} - 0.5) * ln({{ far }}) - {{ far }} + ln(2 * pi()) / 2
    + {{ polynomial('(1 / (' ~ far ~ ' * ' ~ far ~ '))', [
        '0.083333333333333333', '-0.0027777777777777778', '0.00079365079365079365',
        '-0.00059523809523809524', '0.00084175084175084175',
    ]) }} / {{ far }}) - ln({{ factors | join(' * ') }}))
{%- endmacro %}
