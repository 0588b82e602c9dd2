{#
    A column of the contract that the company's table need not have: the column
    where it is there, a null of its type where it is not.

    columns: what source_columns returned; none is taken for "has them all".
#}
{% macro optional_column(columns, name, data_type) -%}

    {%- set expression = name if columns is none or name in columns else 'null' -%}
    cast({{ expression }} as {{ data_type }})

{%- endmacro %}
