{# Days from one instant to a later one, with their fraction. #}
{% macro days_between(earlier, later) -%}
    {{ adapter.dispatch('days_between', 'user_states')(earlier, later) }}
{%- endmacro %}

{% macro default__days_between(earlier, later) -%}
    cast(extract(epoch from {{ later }} - {{ earlier }}) as double precision) / 86400
{%- endmacro %}
