{#
    A table that keeps what earlier builds stitched, and to which the model's rows are
    added. If everything is stitched again, it is built like any other.

    dbt's `incremental` writes the new rows to another table first, and copies them.
#}
{% materialization stitched, adapter='postgres' %}

    {%- if load_cached_relation(this) is none or stitched_so_far() is none -%}
        {{ return(materialization_table_postgres()) }}
    {%- endif -%}

    {{ return(add_rows(this)) }}

{% endmaterialization %}
