{#
    Types whose names differ between engines, where dbt's own macros do not give the type
    that we need. For the others use dbt.type_string(), dbt.type_int(), dbt.type_bigint()
    and dbt.type_boolean(); every engine has `date`.
#}

{# A floating-point number of 8 bytes. dbt.type_float() has only 4 bytes on Spark. #}
{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'user_states')()) }}
{%- endmacro %}

{% macro default__type_double() -%}
    {{ not_implemented('type_double') }}
{%- endmacro %}

{% macro postgres__type_double() -%}
    {{ return('double precision') }}
{%- endmacro %}


{#
    An exact number. Without a precision it keeps all its digits, or as many as the engine
    can; dbt.type_numeric() would round to six decimals.
#}
{% macro type_exact(precision=none, scale=none) -%}
    {{ return(adapter.dispatch('type_exact', 'user_states')(precision, scale)) }}
{%- endmacro %}

{% macro default__type_exact(precision=none, scale=none) -%}
    {{ not_implemented('type_exact') }}
{%- endmacro %}

{% macro postgres__type_exact(precision=none, scale=none) -%}
    {{ return('numeric' if precision is none else 'numeric(' ~ precision ~ ', ' ~ scale ~ ')') }}
{%- endmacro %}


{# A point in time. dbt.type_timestamp() is local time on PostgreSQL, without a zone. #}
{% macro type_instant() -%}
    {{ return(adapter.dispatch('type_instant', 'user_states')()) }}
{%- endmacro %}

{% macro default__type_instant() -%}
    {{ not_implemented('type_instant') }}
{%- endmacro %}

{% macro postgres__type_instant() -%}
    {{ return('timestamp with time zone') }}
{%- endmacro %}


{# An array of values of one type. #}
{% macro type_array(item_type) -%}
    {{ return(adapter.dispatch('type_array', 'user_states')(item_type)) }}
{%- endmacro %}

{% macro default__type_array(item_type) -%}
    {{ not_implemented('type_array') }}
{%- endmacro %}

{% macro postgres__type_array(item_type) -%}
    {{ return(item_type ~ '[]') }}
{%- endmacro %}


{# The types that a column of the rides may have, by their names in the catalog. #}
{% macro accepted_types() %}
    {{ return(adapter.dispatch('accepted_types', 'user_states')()) }}
{% endmacro %}

{% macro default__accepted_types() %}
    {{ not_implemented('accepted_types') }}
{% endmacro %}

{% macro postgres__accepted_types() %}
    {{ return({
        'number': ['numeric', 'double precision', 'real', 'bigint', 'integer', 'smallint'],
        'timestamp': ['timestamp with time zone'],
        'boolean': ['boolean'],
        'date': ['date'],
    }) }}
{% endmacro %}
