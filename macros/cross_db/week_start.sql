{# The Monday of the week that a local timestamp or a date lies in, as a date. #}
{% macro week_start(local_time) -%}
    {{ adapter.dispatch('week_start', 'user_states')(local_time) }}
{%- endmacro %}

{% macro default__week_start(local_time) -%}
    cast(date_trunc('week', {{ local_time }}) as date)
{%- endmacro %}
