{#
    A raw text column as one of the standard values of a var, compared in lower case and
    trimmed. It is `other` if no list has the raw value, and null if that is null or blank.
#}
{% macro standardised(column, value_lists) -%}

    case
        when trim({{ column }}) = '' then null
        {%- for value, raw_values in value_lists.items() %}
        when lower(trim({{ column }})) in (
            {%- for raw_value in raw_values -%}
            '{{ raw_value | lower | replace("'", "''") }}'{{ ', ' if not loop.last }}
            {%- endfor -%}
        ) then '{{ value }}'
        {%- endfor %}
        when {{ column }} is not null then 'other'
    end

{%- endmacro %}
