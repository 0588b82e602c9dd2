{#
    The rows that earlier builds left in an incremental model: the table itself, or a
    query without rows if it does not exist yet or is being rebuilt.

    table: the model itself, `this`. columns: a mapping from each column that the model
    reads from its own rows to the column's type.
#}
{% macro rows_so_far(table, columns) -%}

    {%- if is_incremental() -%}
        {{ table }}
    {%- else -%}
        (
            select
                {%- for name, data_type in columns.items() %}
                cast(null as {{ data_type }}) as {{ name }}{{ ',' if not loop.last }}
                {%- endfor %}
            where false
        )
    {%- endif -%}

{%- endmacro %}
