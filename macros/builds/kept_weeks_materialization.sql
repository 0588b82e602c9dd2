{#
    A table that keeps the rows of closed weeks (macros/incremental/closed_weeks.sql). If
    there are none, or the table is new, it is built like any other. Otherwise its rows of
    open weeks are deleted and the model's rows, which are of open weeks only, are inserted.

    meta.open_rows names the column that says to which week a row belongs: a Monday, the last
    one that the row depends on, with a name that ends with `week_start`; or `requested_at`,
    which may be null: such rows are always open. meta.of_features,
    meta.of_states and meta.of_events are those of `first_open_week`.
#}
{% materialization kept_weeks, adapter='postgres' %}

    {%- set meta = config.get('meta') -%}
    {%- set first_week = first_open_week(**weeks_depend_on(meta)) -%}
    {%- if should_full_refresh() or first_week == start_of_time() or load_cached_relation(this) is none -%}
        {{ return(materialization_table_postgres()) }}
    {%- endif -%}

    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set columns = adapter.get_columns_in_relation(target_relation) | map(attribute='quoted') | join(', ') -%}
    {% call statement('main') -%}
        delete from {{ target_relation }}
        where {{ is_open_row(meta) }};
        insert into {{ target_relation }} ({{ columns }})
        select {{ columns }} from (
            {{ sql }}
        ) as open_rows
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do apply_grants(target_relation, config.get('grants'), should_revoke=False) %}
    {% do persist_docs(target_relation, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}
