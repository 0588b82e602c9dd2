{#
    Let the reader role, if one is set, use the schema and read the table. dbt's
    own grants leave out the usage of the schema.
#}
{% macro grant_to_reader(relation) %}

    {% set role = var('reader_role') %}
    {% if not role or not execute %}
        {{ return('') }}
    {% endif %}

    {% set quoted_role = adapter.quote(role) %}
    grant usage on schema {{ relation.include(database=false, identifier=false) }} to {{ quoted_role }};
    grant select on {{ relation }} to {{ quoted_role }}

{% endmacro %}
