{#
    A statement that gives columns of a model's table new names if an earlier version built
    it with the old ones. Rows stay as they are.

    table: the model itself, `this`. columns: a mapping from old name to new name.
#}
{% macro renamed_columns(table, columns) %}

    {% if not execute or load_relation(table) is none %}
        {{ return('') }}
    {% endif %}

    {% set present = adapter.get_columns_in_relation(load_relation(table)) | map(attribute='name') | list %}
    {% set statements = [] %}
    {% for old_name, new_name in columns.items() if old_name in present and new_name not in present %}
        {% do statements.append(
            'alter table ' ~ table ~ ' rename column ' ~ old_name ~ ' to ' ~ new_name
        ) %}
    {% endfor %}
    {{ return(statements | join('; ')) }}

{% endmacro %}
