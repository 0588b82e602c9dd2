{#
    The as-of week from which on a day has passed a number of days: 0, in whose window the
    day comes; 90, in whose window of 90 days it no longer is. Not before the first week
    that the build fills.

    bounds: a relation with first_week_start.
#}
{% macro week_of_step(day, n_days, bounds='bounds') -%}
    greatest(
        {{ week_of_date('(' ~ add_days(day, n_days) ~ ')') }},
        {{ bounds }}.first_week_start
    )
{%- endmacro %}
