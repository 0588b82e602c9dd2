{# A statement that adds new customers to those that have an id. #}
{% macro mint_customers(relation) -%}
    {{ return(
        'insert into ' ~ adapter.quote(prefixed_schema('identity')) ~ '.customers'
        ~ ' (customer_id, customer_number, identifier_key, minted_at)'
        ~ ' select customer_id, customer_number, identifier_key, minted_at from '
        ~ relation
    ) }}
{%- endmacro %}


{# A number as text, with zeros before it. #}
{% macro padded_number(number, width) -%}
    lpad(cast({{ number }} as {{ dbt.type_string() }}), {{ width }}, '0')
{%- endmacro %}
