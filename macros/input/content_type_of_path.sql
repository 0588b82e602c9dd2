{#
    The content type of a page by the beginning of its path, from the var content_paths;
    null if no beginning is listed. The longest beginning counts.
#}
{% macro content_type_of_path(path) -%}

    {%- set prefixes = [] -%}
    {%- for content_type, paths in var('content_paths').items() -%}
        {%- for prefix in paths -%}
            {%- do prefixes.append([prefix | trim | length, prefix | trim, content_type]) -%}
        {%- endfor -%}
    {%- endfor -%}

    {%- if not prefixes -%}
    cast(null as {{ dbt.type_string() }})
    {%- else -%}
    case
        {%- for n_characters, prefix, content_type in prefixes | sort(reverse=true) %}
        when left({{ path }}, {{ n_characters }}) = '{{ prefix | replace("'", "''") }}'
            then '{{ content_type }}'
        {%- endfor %}
        else cast(null as {{ dbt.type_string() }})
    end
    {%- endif %}

{%- endmacro %}
