{#
    A statement that adds columns to a model's table if an earlier version built it without
    them; old rows have nulls there. dbt's `append_new_columns` cannot add an array.

    table: the model itself, `this`. columns: a mapping from column to type.
#}
{% macro added_columns(table, columns) %}

    {% if not execute or load_relation(table) is none %}
        {{ return('') }}
    {% endif %}

    {% set present = adapter.get_columns_in_relation(load_relation(table)) | map(attribute='name') | list %}
    {% set added = [] %}
    {% for name, data_type in columns.items() if name not in present %}
        {% do added.append('add column ' ~ name ~ ' ' ~ data_type) %}
    {% endfor %}
    {{ return('alter table ' ~ table ~ ' ' ~ added | join(', ') if added else '') }}

{% endmacro %}
