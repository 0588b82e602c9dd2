{#
    Plain schema names in the targets that the var unprefixed_targets lists (production,
    the demo's own server). Elsewhere names begin with the target's schema, so that two
    targets in one database share nothing.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}

    {%- if custom_schema_name is none -%}
        {{ return(target.schema) }}
    {%- endif -%}

    {{ return(prefixed_schema(custom_schema_name | trim)) }}

{%- endmacro %}
