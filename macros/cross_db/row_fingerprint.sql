{# A hash of several columns of a row, equal where all of them are, nulls included. #}
{% macro row_fingerprint(columns) -%}
    {{ adapter.dispatch('row_fingerprint', 'user_states')(columns) }}
{%- endmacro %}

{% macro default__row_fingerprint(columns) -%}
    md5(cast(row({{ columns | join(', ') }}) as text))
{%- endmacro %}
