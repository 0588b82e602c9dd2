{#
    Whether a period begins in the first `lapse_after_weeks` weeks of the log. Users with
    their first ride there may have ridden before the log began: after that many silent weeks
    they would count as lapsed anyway.
#}
{% macro is_start_of_log(period_start, first_week_start) -%}
    {{ period_start }}
        < {{ add_days(first_week_start, 7 * var('lapse_after_weeks')) }}
{%- endmacro %}
