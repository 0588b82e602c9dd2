{# A date a number of days later, as a date. #}
{% macro add_days(day, n_days) -%}
    {{ adapter.dispatch('add_days', 'user_states')(day, n_days) }}
{%- endmacro %}

{% macro default__add_days(day, n_days) -%}
    {{ day }} + {{ n_days }}
{%- endmacro %}
