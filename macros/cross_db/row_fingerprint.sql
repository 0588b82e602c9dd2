{#
    A hash of several columns of a row, equal where all of them are, nulls included.

    numbers: those of the columns that are exact numbers; 10.0 and 10.00 are equal.
#}
{% macro row_fingerprint(columns, numbers=[]) -%}
    {{ adapter.dispatch('row_fingerprint', 'user_states')(columns, numbers) }}
{%- endmacro %}

{% macro default__row_fingerprint(columns, numbers=[]) -%}
    {%- set expressions = [] -%}
    {%- for column in columns -%}
        {%- do expressions.append('trim_scale(' ~ column ~ ')' if column in numbers else column) -%}
    {%- endfor -%}
    md5(cast(row({{ expressions | join(', ') }}) as text))
{%- endmacro %}
