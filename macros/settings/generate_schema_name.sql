{#
    Plain schema names where the target stands alone (production, the demo's own
    server); everywhere else prefixed with the target's schema, so that two
    targets in one database share nothing.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}

    {%- if custom_schema_name is none -%}
        {{ return(target.schema) }}
    {%- endif -%}

    {{ return(prefixed_schema(custom_schema_name | trim)) }}

{%- endmacro %}
