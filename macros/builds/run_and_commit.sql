{#
    Run statements in a hook, and commit: dbt does not commit what a macro runs there.
#}
{% macro run_and_commit(statements) %}
    {% do run_query(statements | join('; ') ~ '; commit') %}
{% endmacro %}
