{#
    Descriptions of a table and of its columns as comments in the database, in one
    statement. It replaces dbt's macro, which asks twice for the columns of each table, and
    keeps the line breaks of our files: a BI tool would then show a sentence in pieces.

    A model with an enforced contract has the columns of its file. Of others and of seeds
    the columns are read once: a seed of an earlier version has fewer, and dbt warns.
#}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) -%}

    {%- set comments = [] -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do comments.append(
            'comment on ' ~ relation.type ~ ' ' ~ relation ~ ' is ' ~ one_line_literal(model.description)
        ) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() -%}
        {%- set documented = model.columns -%}
        {%- if not model.config.contract.enforced -%}
            {%- set found = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
            {%- set documented = validate_doc_columns(relation, documented, found) -%}
        {%- endif -%}
        {%- for name, column in documented.items() if column.description -%}
            {%- do comments.append(
                'comment on column ' ~ relation ~ '.' ~ (adapter.quote(name) if column.quote else name)
                ~ ' is ' ~ one_line_literal(column.description)
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if comments -%}
        {%- do run_query(comments | join(';\n')) -%}
    {%- endif -%}

{%- endmacro %}


{# A text as a literal on one line. #}
{% macro one_line_literal(text) -%}
    {%- set quote = '$dbt_comment_literal_block$' -%}
    {%- if quote in text -%}
        {{ exceptions.raise_compiler_error(
            'found a description that contains ' ~ quote ~ '; expected any other text. Reword it.'
        ) }}
    {%- endif -%}
    {{ quote }}{{ text.split() | join(' ') }}{{ quote }}
{%- endmacro %}
