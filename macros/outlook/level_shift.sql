{#
    The logarithm of the rides that came over those that were expected; with few rides it
    is closer to 0. forecast_level.py computes the same.
#}
{% macro level_shift(expected, came) -%}
    {{ came }} / ({{ came }} + 500.0) * ln(({{ came }} + 1.0) / ({{ expected }} + 1.0))
{%- endmacro %}


{#
    What to add to all log-odds of a ride, so that as many riders are expected as came: a
    step of Newton's method, with a prior against few riders. forecast_level.py computes
    the same.

    variance: the sum of p (1 - p) over the probabilities.
#}
{% macro odds_shift(expected, variance, came) -%}
    least(greatest(({{ came }} - {{ expected }}) / ({{ variance }} + 100.0), -1), 1)
{%- endmacro %}


{# How many weeks before the as-of week say what the level is. #}
{% macro level_weeks() -%}
    {{ return(4) }}
{%- endmacro %}
