{# A query of the time zone names that the engine can convert to, one a row. #}
{% macro known_time_zones() -%}
    {{ adapter.dispatch('known_time_zones', 'user_states')() }}
{%- endmacro %}

{% macro default__known_time_zones() -%}
    select name as time_zone from pg_timezone_names
{%- endmacro %}
