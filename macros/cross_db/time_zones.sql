{# An instant as local time in an IANA time zone, without an offset. #}
{% macro local_time(instant, time_zone) -%}
    {{ adapter.dispatch('local_time', 'user_states')(instant, time_zone) }}
{%- endmacro %}

{% macro default__local_time(instant, time_zone) -%}
    {{ not_implemented('local_time') }}
{%- endmacro %}

{% macro postgres__local_time(instant, time_zone) -%}
    {{ instant }} at time zone {{ time_zone }}
{%- endmacro %}


{# The instant of a local time, without an offset, in an IANA time zone. #}
{% macro instant_of(local_time, time_zone) -%}
    {{ adapter.dispatch('instant_of', 'user_states')(local_time, time_zone) }}
{%- endmacro %}

{% macro default__instant_of(local_time, time_zone) -%}
    {{ not_implemented('instant_of') }}
{%- endmacro %}

{% macro postgres__instant_of(local_time, time_zone) -%}
    ({{ local_time }}) at time zone {{ time_zone }}
{%- endmacro %}


{# A query of the time zone names that the engine can convert to, one a row. #}
{% macro known_time_zones() -%}
    {{ adapter.dispatch('known_time_zones', 'user_states')() }}
{%- endmacro %}

{% macro default__known_time_zones() -%}
    {{ not_implemented('known_time_zones') }}
{%- endmacro %}

{% macro postgres__known_time_zones() -%}
    select name as time_zone from pg_timezone_names
{%- endmacro %}
