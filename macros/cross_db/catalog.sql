{#
    A query of the columns of a table, one a row in their order: name and type. No row if
    there is no such table. It finds tables of every kind: plain, partitioned and foreign
    tables, views and materialized views.
#}
{% macro table_columns(schema, table) -%}
    {{ adapter.dispatch('table_columns', 'user_states')(schema, table) }}
{%- endmacro %}

{% macro default__table_columns(schema, table) -%}
    {{ not_implemented('table_columns') }}
{%- endmacro %}

{% macro postgres__table_columns(schema, table) -%}
    select
        pg_attribute.attname as column_name,
        -- Of a domain, the type that it restricts; without a length or precision.
        format_type(coalesce(nullif(pg_type.typbasetype, 0), pg_type.oid), null) as data_type
    from pg_attribute
    inner join pg_class on pg_attribute.attrelid = pg_class.oid
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    inner join pg_type on pg_attribute.atttypid = pg_type.oid
    where
        pg_namespace.nspname = '{{ schema | replace("'", "''") }}'
        and pg_class.relname = '{{ table | replace("'", "''") }}'
        and pg_class.relkind in ('r', 'p', 'f', 'v', 'm')
        and pg_attribute.attnum > 0
        and not pg_attribute.attisdropped
    order by pg_attribute.attnum
{%- endmacro %}
