{#
    A column of the contract that the company's table may lack: the column if the table
    has it, otherwise a null of its type. A column of an unsuitable type stops the build.

    columns: what source_columns returned; none means that the table has all of them.
    kind: `text`, `number`, `boolean`, `timestamp` or `date`.
#}
{% macro optional_column(columns, name, kind) -%}

    {%- set data_type = {
        'text': dbt.type_string(),
        'number': type_exact(),
        'boolean': dbt.type_boolean(),
        'timestamp': type_instant(),
        'date': 'date',
    }[kind] -%}
    {%- set accepted = accepted_types()[kind] -%}
    {%- set found = columns[name] if columns is not none and name in columns -%}
    {%- if found and kind != 'text' and found not in accepted -%}
        {{ exceptions.raise_compiler_error(
            "found the optional column " ~ name ~ " with type " ~ found ~ "; expected "
            ~ accepted | join(' or ') ~ ". Cast it in models/staging/app/" ~ model.name ~ ".sql."
        ) }}
    {%- endif -%}

    cast({{ name if columns is none or found else 'null' }} as {{ data_type }})

{%- endmacro %}
