{#
    By how much the distance from the median of earlier errors to a percentile is widened,
    because there are few of them, and those of neighbouring weeks share weeks: the Student
    t over the normal distribution, times the square root of 1 + 1/m, with m - 1 degrees of
    freedom. The expansion of t is that of Abramowitz and Stegun 1964, Handbook of
    Mathematical Functions, 26.7.5, to its second term.

    n_weeks: weeks behind the range. weeks_ahead: as far apart as this and level_weeks()
    together, two forecasts share no weeks.
#}
{% macro range_factor(n_weeks, weeks_ahead) -%}
    {%- set apart = independent_weeks(n_weeks, weeks_ahead) -%}
    (1 + 0.926 / ({{ apart }} - 1) + 0.863 / power({{ apart }} - 1, 2))
    * sqrt(1 + 1 / {{ apart }})
{%- endmacro %}


{# How many forecasts that share no weeks say as much as these. #}
{% macro independent_weeks(n_weeks, weeks_ahead) -%}
    ({{ n_weeks }} / ({{ weeks_ahead }} + {{ level_weeks() }}.0))
{%- endmacro %}
