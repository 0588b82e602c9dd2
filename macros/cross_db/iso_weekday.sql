{# The day of the week of a local timestamp, from 1 (Monday) to 7 (Sunday). #}
{% macro iso_weekday(local_time) -%}
    {{ adapter.dispatch('iso_weekday', 'user_states')(local_time) }}
{%- endmacro %}

{% macro default__iso_weekday(local_time) -%}
    extract(isodow from {{ local_time }})
{%- endmacro %}
