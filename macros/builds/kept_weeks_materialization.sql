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

    {{ return(add_rows(this, delete_first=is_open_row(meta))) }}

{% endmaterialization %}
