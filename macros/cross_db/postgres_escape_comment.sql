{#
    A description as the text of a comment in the database. It takes the place of the macro
    of this name in dbt-postgres, which keeps the line breaks of our files: a BI tool would
    show a sentence in pieces.
#}
{% macro postgres_escape_comment(comment) -%}
    {%- set quote = '$dbt_comment_literal_block$' -%}
    {%- if quote in comment -%}
        {{ exceptions.raise_compiler_error(
            'got a description that holds ' ~ quote ~ '; expected any other text'
        ) }}
    {%- endif -%}
    {{ quote }}{{ comment.split() | join(' ') }}{{ quote }}
{%- endmacro %}
