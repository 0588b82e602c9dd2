{# An id as text, without spaces around it; null if nothing is left. #}
{% macro trimmed_id(column) -%}
    nullif(trim(cast({{ column }} as {{ dbt.type_string() }})), '')
{%- endmacro %}
