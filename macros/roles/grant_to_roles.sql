{#
    Let the roles that read a table or view read the new one: dbt replaces the table, and
    its grants with it. Usage of its schema is granted once, in grant_rights.
#}
{% macro grant_to_roles(relation) %}

    {% if not execute or not vars_with_a_role() %}
        {{ return('') }}
    {% endif %}

    {% set grants = [] %}
    {% for right in rights_to_models() if right.schema == relation.schema and right.table == relation.identifier %}
        {% do grants.append('grant ' ~ right.privilege ~ ' on ' ~ relation ~ ' to ' ~ adapter.quote(right.role)) %}
    {% endfor %}
    {{ return(grants | join('; ')) }}

{% endmacro %}
