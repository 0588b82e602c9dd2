{# A query of the roles that can be granted rights, one a row. #}
{% macro known_roles() -%}
    {{ adapter.dispatch('known_roles', 'user_states')() }}
{%- endmacro %}

{% macro default__known_roles() -%}
    {{ not_implemented('known_roles') }}
{%- endmacro %}

{% macro postgres__known_roles() -%}
    select rolname as role_name from pg_roles
{%- endmacro %}


{#
    A query of the statements that grant what roles lack, one a row. Tables and schemas
    that do not exist are left out.

    rights: a list of mappings with role, schema, table and privilege.
#}
{% macro missing_grants(rights) -%}
    {{ adapter.dispatch('missing_grants', 'user_states')(rights) }}
{%- endmacro %}

{% macro default__missing_grants(rights) -%}
    {{ not_implemented('missing_grants') }}
{%- endmacro %}

{% macro postgres__missing_grants(rights) -%}
    with

    wanted (role_name, schema_name, table_name, privilege) as (

        values
        {%- for right in rights %}
        (
            {%- for part in (right.role, right.schema, right.table, right.privilege) -%}
            cast({{ dbt.string_literal(dbt.escape_single_quotes(part)) }} as text){{ ', ' if not loop.last }}
            {%- endfor -%}
        ){{ ',' if not loop.last }}
        {%- endfor %}

    ),

    schemas as (

        select
            wanted.*,
            pg_namespace.oid as schema_id
        from wanted
        inner join pg_namespace
            on wanted.schema_name = pg_namespace.nspname

    )

    select distinct format('grant usage on schema %I to %I', schema_name, role_name) as statement
    from schemas
    where not has_schema_privilege(role_name, schema_id, 'usage')
    union all
    select format('grant %s on %I.%I to %I', privilege, schema_name, table_name, role_name)
    from schemas
    inner join pg_class
        on
            schemas.schema_id = pg_class.relnamespace
            and schemas.table_name = pg_class.relname
    where not has_table_privilege(role_name, pg_class.oid, privilege)
{%- endmacro %}


{#
    The privileges, besides those to read and write, that a role needs to collect
    statistics about a table of another owner; none where only owners can.
#}
{% macro analyze_privileges() -%}
    {{ return(adapter.dispatch('analyze_privileges', 'user_states')()) }}
{%- endmacro %}

{% macro default__analyze_privileges() -%}
    {{ not_implemented('analyze_privileges') }}
{%- endmacro %}

{% macro postgres__analyze_privileges() -%}
    {% set version = run_query("select current_setting('server_version_num')").columns[0].values()[0] | int %}
    {{ return(['maintain'] if version >= 170000 else []) }}
{%- endmacro %}
