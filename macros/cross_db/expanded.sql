{#
    A join that repeats each row n times and numbers the copies 0 … n − 1:
    `from features {{ expanded('n', 'weeks', 'number') }}`.
#}
{% macro expanded(n_copies, alias, column) -%}
    {{ adapter.dispatch('expanded', 'user_states')(n_copies, alias, column) }}
{%- endmacro %}

{% macro default__expanded(n_copies, alias, column) -%}
    {{ not_implemented('expanded') }}
{%- endmacro %}

{% macro postgres__expanded(n_copies, alias, column) -%}
    cross join lateral generate_series(0, {{ n_copies }} - 1) as {{ alias }} ({{ column }})
{%- endmacro %}
