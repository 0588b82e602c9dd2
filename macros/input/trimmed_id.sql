{# An id as text, without white space around it; null if nothing is left. #}
{% macro trimmed_id(column) -%}
    nullif({{ trimmed('cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')') }}, '')
{%- endmacro %}
