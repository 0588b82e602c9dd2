{#
    The columns of a table of the app schema, as a mapping from name to type, or none if
    there is no such table (or dbt only parses).

    required: a mapping from column to the kind of type it must have: `any`, `number` or
    `timestamp` (see accepted_types). A column that is missing or has another type stops
    the build with a message that says what to do.
#}
{% macro source_columns(table, required={}) %}

    {% set name_of_table = var('app_schema') ~ '.' ~ table %}
    {% set types = {} %}
    {% if execute %}
        {% for column, data_type in run_query(table_columns(var('app_schema'), table)).rows %}
            {% do types.update({column: data_type}) %}
        {% endfor %}
    {% endif %}
    {% if not types %}
        {{ return(none) }}
    {% endif %}

    {% set remedy = "models/staging/app/stg_app__" ~ model.name.split('__')[1] ~ ".sql" %}
    {% for name, kind in required.items() %}
        {% if name not in types %}
            {{ exceptions.raise_compiler_error(
                "found no column " ~ name ~ " in " ~ name_of_table ~ ", which has: " ~ types.keys() | join(', ')
                ~ "; expected it. If yours has another name, map it in " ~ remedy ~ "."
            ) }}
        {% elif kind != 'any' and types[name] not in accepted_types()[kind] %}
            {{ exceptions.raise_compiler_error(
                "found the column " ~ name ~ " of " ~ name_of_table ~ " with type " ~ types[name] ~ "; expected "
                ~ accepted_types()[kind] | join(' or ') ~ ". Cast it in " ~ remedy ~ "."
            ) }}
        {% endif %}
    {% endfor %}

    {{ return(types) }}

{% endmacro %}
