{#
    A statement that fills the nulls of a column that was added to a model's table, where
    the value follows from the row's other columns.

    table: the model itself, `this`. expression: the value, in SQL.
#}
{% macro filled_column(table, column, expression) %}

    {% if not execute or load_relation(table) is none %}
        {{ return('') }}
    {% endif %}
    {{ return(
        'update ' ~ table ~ ' set ' ~ column ~ ' = ' ~ expression
        ~ ' where ' ~ column ~ ' is null'
    ) }}

{% endmacro %}
