{#
    A column of the contract that the company's table need not have: the column
    where it is there, a null of its type where it is not. One that is there with
    a type that does not become the contract's stops the build.

    columns: what source_columns returned; none is taken for "has them all".
#}
{% macro optional_column(columns, name, data_type) -%}

    {%- set kinds = {'numeric': 'number', 'integer': 'number', 'boolean': 'boolean', 'timestamptz': 'timestamp'} -%}
    {%- set found = columns[name] if columns is not none and name in columns -%}
    {%- if found and data_type in kinds and found not in accepted_types()[kinds[data_type]] -%}
        {{ exceptions.raise_compiler_error(
            "found the optional column " ~ name ~ " with type " ~ found ~ "; expected "
            ~ accepted_types()[kinds[data_type]] | join(' or ') ~ ". Cast it in models/staging/app/" ~ model.name ~ ".sql."
        ) }}
    {%- endif -%}

    cast({{ name if columns is none or found else 'null' }} as {{ data_type }})

{%- endmacro %}
