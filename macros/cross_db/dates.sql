{#
    Dates, weeks and times of day. Weeks begin on Monday.
#}

{# A date some days later, as a date. #}
{% macro add_days(day, n_days) -%}
    {{ adapter.dispatch('add_days', 'user_states')(day, n_days) }}
{%- endmacro %}

{% macro default__add_days(day, n_days) -%}
    {{ not_implemented('add_days') }}
{%- endmacro %}

{% macro postgres__add_days(day, n_days) -%}
    {{ day }} + {{ n_days }}
{%- endmacro %}


{# Days from one instant to a later one, with their fraction. #}
{% macro days_between(earlier, later) -%}
    {{ adapter.dispatch('days_between', 'user_states')(earlier, later) }}
{%- endmacro %}

{% macro default__days_between(earlier, later) -%}
    {{ not_implemented('days_between') }}
{%- endmacro %}

{% macro postgres__days_between(earlier, later) -%}
    cast(extract(epoch from {{ later }} - {{ earlier }}) as {{ type_double() }}) / 86400
{%- endmacro %}


{# Whole weeks from one Monday to a later one, as an integer. #}
{% macro weeks_between(earlier_week, later_week) -%}
    {{ adapter.dispatch('weeks_between', 'user_states')(earlier_week, later_week) }}
{%- endmacro %}

{% macro default__weeks_between(earlier_week, later_week) -%}
    {{ not_implemented('weeks_between') }}
{%- endmacro %}

{% macro postgres__weeks_between(earlier_week, later_week) -%}
    ({{ later_week }} - {{ earlier_week }}) / 7
{%- endmacro %}


{# The Monday of the week that contains a local timestamp or a date, as a date. #}
{% macro week_start(local_time) -%}
    {{ adapter.dispatch('week_start', 'user_states')(local_time) }}
{%- endmacro %}

{% macro default__week_start(local_time) -%}
    {{ not_implemented('week_start') }}
{%- endmacro %}

{% macro postgres__week_start(local_time) -%}
    cast(date_trunc('week', {{ local_time }}) as date)
{%- endmacro %}


{#
    The Monday of the week of a date. Quicker than week_start, for which PostgreSQL makes
    an instant of the date first. The first of January of the year 1 was a Monday.
#}
{% macro week_of_date(day) -%}
    {{ adapter.dispatch('week_of_date', 'user_states')(day) }}
{%- endmacro %}

{% macro default__week_of_date(day) -%}
    {{ not_implemented('week_of_date') }}
{%- endmacro %}

{% macro postgres__week_of_date(day) -%}
    ({{ day }} - ({{ day }} - date '0001-01-01') % 7)
{%- endmacro %}


{# The day of the week of a local timestamp, from 1 (Monday) to 7 (Sunday). #}
{% macro iso_weekday(local_time) -%}
    {{ adapter.dispatch('iso_weekday', 'user_states')(local_time) }}
{%- endmacro %}

{% macro default__iso_weekday(local_time) -%}
    {{ not_implemented('iso_weekday') }}
{%- endmacro %}

{% macro postgres__iso_weekday(local_time) -%}
    extract(isodow from {{ local_time }})
{%- endmacro %}


{# The hour of a local timestamp, from 0 to 23. #}
{% macro hour_of_day(local_time) -%}
    {{ adapter.dispatch('hour_of_day', 'user_states')(local_time) }}
{%- endmacro %}

{% macro default__hour_of_day(local_time) -%}
    {{ not_implemented('hour_of_day') }}
{%- endmacro %}

{% macro postgres__hour_of_day(local_time) -%}
    extract(hour from {{ local_time }})
{%- endmacro %}


{# A full hour of a date, as a local timestamp. #}
{% macro at_hour(day, hour) -%}
    {{ adapter.dispatch('at_hour', 'user_states')(day, hour) }}
{%- endmacro %}

{% macro default__at_hour(day, hour) -%}
    {{ not_implemented('at_hour') }}
{%- endmacro %}

{% macro postgres__at_hour(day, hour) -%}
    {{ day }} + {{ hour }} * interval '1 hour'
{%- endmacro %}


{# Whether a local timestamp is another instant than the beginning of its day. #}
{% macro is_after_midnight(local_time) -%}
    {{ adapter.dispatch('is_after_midnight', 'user_states')(local_time) }}
{%- endmacro %}

{% macro default__is_after_midnight(local_time) -%}
    {{ not_implemented('is_after_midnight') }}
{%- endmacro %}

{% macro postgres__is_after_midnight(local_time) -%}
    {{ local_time }} <> date_trunc('day', {{ local_time }})
{%- endmacro %}


{# The first day of the month of a local timestamp or a date, as a date. #}
{% macro month_start(local_time) -%}
    {{ adapter.dispatch('month_start', 'user_states')(local_time) }}
{%- endmacro %}

{% macro default__month_start(local_time) -%}
    {{ not_implemented('month_start') }}
{%- endmacro %}

{% macro postgres__month_start(local_time) -%}
    cast(date_trunc('month', {{ local_time }}) as date)
{%- endmacro %}


{# The ISO week of a date, from 1 to 53. #}
{% macro iso_week(day) -%}
    {{ adapter.dispatch('iso_week', 'user_states')(day) }}
{%- endmacro %}

{% macro default__iso_week(day) -%}
    {{ not_implemented('iso_week') }}
{%- endmacro %}

{% macro postgres__iso_week(day) -%}
    cast(extract(week from {{ day }}) as {{ dbt.type_int() }})
{%- endmacro %}


{# The year that the ISO week of a date belongs to. #}
{% macro iso_year(day) -%}
    {{ adapter.dispatch('iso_year', 'user_states')(day) }}
{%- endmacro %}

{% macro default__iso_year(day) -%}
    {{ not_implemented('iso_year') }}
{%- endmacro %}

{% macro postgres__iso_year(day) -%}
    cast(extract(isoyear from {{ day }}) as {{ dbt.type_int() }})
{%- endmacro %}


{# The seconds of an instant since 1970, as an exact number. #}
{% macro epoch_seconds(instant) -%}
    {{ adapter.dispatch('epoch_seconds', 'user_states')(instant) }}
{%- endmacro %}

{% macro default__epoch_seconds(instant) -%}
    {{ not_implemented('epoch_seconds') }}
{%- endmacro %}

{% macro postgres__epoch_seconds(instant) -%}
    extract(epoch from {{ instant }})
{%- endmacro %}


{# The instant some seconds after another one; the seconds may have a fraction. #}
{% macro seconds_after(instant, n_seconds) -%}
    {{ adapter.dispatch('seconds_after', 'user_states')(instant, n_seconds) }}
{%- endmacro %}

{% macro default__seconds_after(instant, n_seconds) -%}
    {{ not_implemented('seconds_after') }}
{%- endmacro %}

{% macro postgres__seconds_after(instant, n_seconds) -%}
    {{ instant }} + {{ n_seconds }} * interval '1 second'
{%- endmacro %}


{# Days from one date to a later one, as an integer. #}
{% macro days_from(earlier_day, later_day) -%}
    {{ adapter.dispatch('days_from', 'user_states')(earlier_day, later_day) }}
{%- endmacro %}

{% macro default__days_from(earlier_day, later_day) -%}
    {{ not_implemented('days_from') }}
{%- endmacro %}

{% macro postgres__days_from(earlier_day, later_day) -%}
    ({{ later_day }} - {{ earlier_day }})
{%- endmacro %}


{# Whole years from one date to a later one, as people count their age. #}
{% macro years_from(earlier_day, later_day) -%}
    {{ adapter.dispatch('years_from', 'user_states')(earlier_day, later_day) }}
{%- endmacro %}

{% macro default__years_from(earlier_day, later_day) -%}
    {{ not_implemented('years_from') }}
{%- endmacro %}

{% macro postgres__years_from(earlier_day, later_day) -%}
    extract(year from age({{ later_day }}, {{ earlier_day }}))
{%- endmacro %}
