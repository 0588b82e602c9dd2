{# An instant as the wall clock of an IANA time zone shows it, without an offset. #}
{% macro local_time(instant, time_zone) -%}
    {{ adapter.dispatch('local_time', 'user_states')(instant, time_zone) }}
{%- endmacro %}

{% macro default__local_time(instant, time_zone) -%}
    {{ instant }} at time zone {{ time_zone }}
{%- endmacro %}
