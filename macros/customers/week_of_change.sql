{# The moment at which a week ends in the default time zone. #}
{% macro end_of_week(week_start) -%}
    {{ instant_of(
        at_hour(add_days(week_start, 7), 0), "'" ~ var('default_time_zone') ~ "'"
    ) }}
{%- endmacro %}


{#
    The week, in the default time zone, at whose end a change has happened: one at the very
    end of a week belongs to it.
#}
{% macro week_of_change(changed_at) -%}
    {{ week_start(local_time(
        '(' ~ seconds_after(changed_at, -0.000001) ~ ')', "'" ~ var('default_time_zone') ~ "'"
    )) }}
{%- endmacro %}
