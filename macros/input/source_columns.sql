{#
    The columns of a table of the app schema, as a mapping from name to type, or none if
    there is no such table (or dbt only parses).

    required: a mapping from column to the kind of type it must have: `any`, `number` or
    `timestamp` (see accepted_types). A column that is missing or has another type stops
    the build with a message that says what to do.
#}
{% macro source_columns(table, required={}) %}

    {% set relation = adapter.get_relation(target.database, var('app_schema'), table) if execute %}
    {% if not relation %}
        {{ return(none) }}
    {% endif %}

    {% set types = {} %}
    {% for column in adapter.get_columns_in_relation(relation) %}
        {% do types.update({column.name: column.dtype}) %}
    {% endfor %}

    {% set remedy = "models/staging/app/stg_app__" ~ model.name.split('__')[1] ~ ".sql" %}
    {% for name, kind in required.items() %}
        {% if name not in types %}
            {{ exceptions.raise_compiler_error(
                "found no column " ~ name ~ " in " ~ relation ~ ", which has: " ~ types.keys() | join(', ')
                ~ "; expected it. If yours has another name, map it in " ~ remedy ~ "."
            ) }}
        {% elif kind != 'any' and types[name] not in accepted_types()[kind] %}
            {{ exceptions.raise_compiler_error(
                "found the column " ~ name ~ " of " ~ relation ~ " with type " ~ types[name] ~ "; expected "
                ~ accepted_types()[kind] | join(' or ') ~ ". Cast it in " ~ remedy ~ "."
            ) }}
        {% endif %}
    {% endfor %}

    {{ return(types) }}

{% endmacro %}
