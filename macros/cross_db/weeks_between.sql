{# Whole weeks from one Monday to a later one, as an integer. #}
{% macro weeks_between(earlier_week, later_week) -%}
    {{ adapter.dispatch('weeks_between', 'user_states')(earlier_week, later_week) }}
{%- endmacro %}

{% macro default__weeks_between(earlier_week, later_week) -%}
    ({{ later_week }} - {{ earlier_week }}) / 7
{%- endmacro %}
