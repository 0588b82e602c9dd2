{#
    What stands before the parenthesis of a CTE whose columns are long expressions
    that the next one mentions again and again: `densities as {{ computed_once() }} (`.
    PostgreSQL would put the expressions in place of their names, and evaluate them at
    each mention.
#}
{% macro computed_once() -%}
    {{ adapter.dispatch('computed_once', 'user_states')() }}
{%- endmacro %}

{% macro default__computed_once() -%}
    materialized
{%- endmacro %}
