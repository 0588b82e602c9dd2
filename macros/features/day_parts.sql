{#
    The ten parts of a week: Monday to Thursday (`workday`) and Friday to Sunday
    (`weekend`), each by hours of local time.

    night   morning  midday   evening  late
    0–5     6–9      10–15    16–19    20–23
#}

{# The names of the parts, such as workday_morning. #}
{% macro day_parts() %}

    {% set parts = [] %}
    {% for days in ('workday', 'weekend') %}
        {% for hours in ('night', 'morning', 'midday', 'evening', 'late') %}
            {% do parts.append(days ~ '_' ~ hours) %}
        {% endfor %}
    {% endfor %}
    {{ return(parts) }}

{% endmacro %}


{# The columns with the rides of each part, or only of workdays or the weekend. #}
{% macro day_part_columns(days='') %}

    {% set columns = [] %}
    {% for part in day_parts() if part.startswith(days) %}
        {% do columns.append('n_rides_' ~ part) %}
    {% endfor %}
    {{ return(columns) }}

{% endmacro %}


{# The part of the week that contains a local timestamp. #}
{% macro day_part(local_time) -%}
    case when {{ iso_weekday(local_time) }} >= 5 then 'weekend_' else 'workday_' end
        || case
            when {{ hour_of_day(local_time) }} < 6 then 'night'
            when {{ hour_of_day(local_time) }} < 10 then 'morning'
            when {{ hour_of_day(local_time) }} < 16 then 'midday'
            when {{ hour_of_day(local_time) }} < 20 then 'evening'
            else 'late'
        end
{%- endmacro %}
