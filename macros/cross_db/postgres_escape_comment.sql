{#
    A description as a comment in the database, on one line. It replaces the macro of this
    name in dbt-postgres, which keeps the line breaks of our files: a BI tool would then
    show a sentence in pieces.
#}
{% macro postgres_escape_comment(comment) -%}
    {%- set quote = '$dbt_comment_literal_block$' -%}
    {%- if quote in comment -%}
        {{ exceptions.raise_compiler_error(
            'found a description that contains ' ~ quote ~ '; expected any other text. Reword it.'
        ) }}
    {%- endif -%}
    {{ quote }}{{ comment.split() | join(' ') }}{{ quote }}
{%- endmacro %}
