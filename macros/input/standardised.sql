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


{# Whether a list of a var has a raw text, compared in lower case and trimmed. #}
{% macro is_listed(column, value_lists) -%}
    {{ is_one_of(column, value_lists.values() | sum(start=[])) }}
{%- endmacro %}


{# Whether a text is one of a list, compared in lower case and trimmed. #}
{% macro is_one_of(column, texts) -%}
    {%- if texts -%}
    lower(trim({{ column }})) in (
        {%- for text in texts -%}
        '{{ text | string | trim | lower | replace("'", "''") }}'{{ ', ' if not loop.last }}
        {%- endfor -%}
    )
    {%- else -%}
    false
    {%- endif -%}
{%- endmacro %}
