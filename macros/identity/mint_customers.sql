{# The table of identity.* with some name, for statements of hooks. #}
{% macro identity_table(name) -%}
    {{ return(adapter.quote(prefixed_schema('identity')) ~ '.' ~ name) }}
{%- endmacro %}


{# A statement that adds new customers to those that have an id. #}
{% macro mint_customers(relation) -%}
    {{ return(
        'insert into ' ~ identity_table('customers')
        ~ ' (customer_id, customer_number, identifier_key, minted_at)'
        ~ ' select customer_id, customer_number, identifier_key, minted_at from '
        ~ relation
    ) }}
{%- endmacro %}


{# A statement that gives customers another identifier as their oldest one. #}
{% macro move_anchors(relation) -%}
    {%- set customers = identity_table('customers') -%}
    {{ return(
        'update ' ~ customers ~ ' set identifier_key = ('
        ~ 'select moved.identifier_key from ' ~ relation ~ ' as moved'
        ~ ' where moved.customer_id = ' ~ customers ~ '.customer_id)'
        ~ ' where customer_id in (select customer_id from ' ~ relation ~ ')'
    ) }}
{%- endmacro %}


{#
    Statements that add to what became of customers, and store which identifiers each has
    now. Identifiers whose customer is the same keep their row.
#}
{% macro record_customer_changes(relation) -%}
    {%- set columns = 'change_number, kind, old_customer_id, new_customer_id, merged_at,'
        ~ ' found_at, reason, from_key, to_key' -%}
    {%- set members = identity_table('members') -%}
    {%- set now = ref('int_customer_identifiers') -%}
    {%- set same = 'found.identifier_key = kept.identifier_key'
        ~ ' and found.customer_id = kept.customer_id' -%}
    {{ return(
        'insert into ' ~ identity_table('customer_changes') ~ ' (' ~ columns ~ ')'
        ~ ' select ' ~ columns ~ ' from ' ~ relation ~ '; '
        ~ 'delete from ' ~ members ~ ' as kept where not exists ('
        ~ 'select 1 from ' ~ now ~ ' as found where ' ~ same ~ '); '
        ~ 'insert into ' ~ members ~ ' (identifier_key, customer_id) '
        ~ 'select found.identifier_key, found.customer_id from ' ~ now ~ ' as found '
        ~ 'where not exists (select 1 from ' ~ members ~ ' as kept where ' ~ same ~ ')'
    ) }}
{%- endmacro %}


{# A number as text, with zeros before it. #}
{% macro padded_number(number, width) -%}
    lpad(cast({{ number }} as {{ dbt.type_string() }}), {{ width }}, '0')
{%- endmacro %}
