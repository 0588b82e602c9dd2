{#
    The local time from which a list looks for the next good moment: that of the build, if
    it is within the week after the as-of week, for which the list is. Else the beginning of
    that week. So moments of a fresh list have not passed, and those of a log with a fixed
    end do not depend on the day of the build.

    Whether it is that week is asked of one clock, that of the var default_time_zone. Near
    midnight users of two time zones would otherwise be written to in different weeks.
#}
{% macro now_of_lists(as_of_week_start, time_zone) -%}
    {%- set first_day = add_days(as_of_week_start, 7) -%}
    {%- set now = dbt.current_timestamp() -%}
    {%- set project_zone = "'" ~ var('default_time_zone') ~ "'" -%}
    case
            when {{ week_start(local_time(now, project_zone)) }} = {{ first_day }}
                then {{ local_time(now, time_zone) }}
            else {{ at_hour(first_day, 0) }}
        end
{%- endmacro %}
