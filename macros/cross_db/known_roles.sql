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
