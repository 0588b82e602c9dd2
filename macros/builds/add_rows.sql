{#
    The part of a materialization that adds the model's rows to its table, which stays, with
    hooks, grants and comments. Rows that meet the condition `delete_first` go before.
#}
{% macro add_rows(table, delete_first='') %}

    {%- set target_relation = table.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set columns = adapter.get_columns_in_relation(target_relation) | map(attribute='quoted') | join(', ') -%}
    {% call statement('main') -%}
        {%- if delete_first %}
        delete from {{ target_relation }}
        where {{ delete_first }};
        {%- endif %}
        insert into {{ target_relation }} ({{ columns }})
        select {{ columns }} from (
            {{ sql }}
        ) as added_rows
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do apply_grants(target_relation, config.get('grants'), should_revoke=False) %}
    {% do persist_docs(target_relation, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}

{% endmacro %}
