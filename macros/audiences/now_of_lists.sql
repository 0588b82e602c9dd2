{#
    The local time from which a list looks for the next good moment: that of the build, if
    it is within the week after the as-of week, for which the list is. Else the beginning of
    that week. So moments of a fresh list have not passed, and those of a log with a fixed
    end do not depend on the day of the build.
#}
{% macro now_of_lists(as_of_week_start, time_zone) -%}
    {%- set first_day = add_days(as_of_week_start, 7) -%}
    {%- set now = local_time(dbt.current_timestamp(), time_zone) -%}
    case
            when {{ week_start(now) }} = {{ first_day }} then {{ now }}
            else {{ at_hour(first_day, 0) }}
        end
{%- endmacro %}
