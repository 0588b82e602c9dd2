{# The hour of a local timestamp, from 0 to 23. #}
{% macro hour_of_day(local_time) -%}
    {{ adapter.dispatch('hour_of_day', 'user_states')(local_time) }}
{%- endmacro %}

{% macro default__hour_of_day(local_time) -%}
    extract(hour from {{ local_time }})
{%- endmacro %}
