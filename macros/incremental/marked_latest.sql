{#
    A statement that keeps a flag of a model's own table true in the rows of its newest week
    only, where earlier weeks stay in the table. It changes only rows whose flag is wrong.

    table: the model itself, `this`. week: its column with the week. flag: the column that
    is true in the newest week.
#}
{% macro marked_latest(table, week, flag='is_latest_week') %}

    {% set is_newest -%}
        ({{ week }} = (select max(newest.{{ week }}) from {{ table }} as newest))
    {%- endset %}
    {{ return(
        'update ' ~ table ~ ' set ' ~ flag ~ ' = ' ~ is_newest
        ~ ' where ' ~ flag ~ ' is distinct from ' ~ is_newest
    ) }}

{% endmacro %}
