{#
    The name of one of the project's own schemas under the current target.
    Sources call it too: the schema `hmm` follows the same rule as the models.
#}
{% macro prefixed_schema(name) -%}

    {%- if target.name in var('unprefixed_targets') -%}
        {{ return(name) }}
    {%- endif -%}

    {{ return(target.schema ~ '_' ~ name) }}

{%- endmacro %}
