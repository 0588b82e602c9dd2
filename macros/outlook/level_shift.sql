{#
    The logarithm of the rides that came over those that were expected; with few rides it
    is closer to 0. forecast_level.py computes the same.
#}
{% macro level_shift(expected, came) -%}
    {{ came }} / ({{ came }} + 500.0) * ln(({{ came }} + 1.0) / ({{ expected }} + 1.0))
{%- endmacro %}


{# How many weeks before the as-of week say what the level is. #}
{% macro level_weeks() -%}
    {{ return(4) }}
{%- endmacro %}
