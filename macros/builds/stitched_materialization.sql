{#
    A table that keeps what earlier builds stitched, and to which the model's rows are
    added. If everything is stitched again, it is built like any other.

    dbt's `incremental` writes the new rows to another table first, and copies them.
#}
{% materialization stitched, adapter='postgres' %}

    {%- if load_cached_relation(this) is none or stitched_so_far() is none -%}
        {{ return(materialization_table_postgres()) }}
    {%- endif -%}

    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set columns = adapter.get_columns_in_relation(target_relation) | map(attribute='quoted') | join(', ') -%}
    {% call statement('main') -%}
        insert into {{ target_relation }} ({{ columns }})
        select {{ columns }} from (
            {{ sql }}
        ) as stitched_rows
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do apply_grants(target_relation, config.get('grants'), should_revoke=False) %}
    {% do persist_docs(target_relation, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}
