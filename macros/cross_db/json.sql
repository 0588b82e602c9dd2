{# The number under a key of a JSON object, as a double. Null if there is no such key. #}
{% macro json_number(object, key) -%}
    {{ adapter.dispatch('json_number', 'user_states')(object, key) }}
{%- endmacro %}

{% macro default__json_number(object, key) -%}
    {{ not_implemented('json_number') }}
{%- endmacro %}

{% macro postgres__json_number(object, key) -%}
    cast({{ object }} ->> {{ key }} as {{ type_double() }})
{%- endmacro %}


{#
    A JSON object made from an array of texts, its keys, and an array of doubles. JSON
    writes every digit of a number out, so numbers below 1e-15 become 0.
#}
{% macro json_object(keys, numbers) -%}
    {{ adapter.dispatch('json_object', 'user_states')(keys, numbers) }}
{%- endmacro %}

{% macro default__json_object(keys, numbers) -%}
    {{ not_implemented('json_object') }}
{%- endmacro %}

{% macro postgres__json_object(keys, numbers) -%}
    (
        select
            jsonb_object_agg(
                items.label,
                case when items.number < 1e-15 then 0 else items.number end
            )
        from unnest({{ keys }}, {{ numbers }}) as items (label, number)
    )
{%- endmacro %}


{# How many items a JSON list has. #}
{% macro json_size(column) -%}
    {{ adapter.dispatch('json_size', 'user_states')(column) }}
{%- endmacro %}

{% macro default__json_size(column) -%}
    {{ not_implemented('json_size') }}
{%- endmacro %}

{% macro postgres__json_size(column) -%}
    json_array_length(cast({{ column }} as json))
{%- endmacro %}


{#
    The texts under one key of a JSON list of objects, in their order and joined by "; ".
    Null if the list is empty.
#}
{% macro json_texts(column, key) -%}
    {{ adapter.dispatch('json_texts', 'user_states')(column, key) }}
{%- endmacro %}

{% macro default__json_texts(column, key) -%}
    {{ not_implemented('json_texts') }}
{%- endmacro %}

{% macro postgres__json_texts(column, key) -%}
    (
        select string_agg(items.item ->> '{{ key }}', '; ' order by items.place)
        from json_array_elements(cast({{ column }} as json))
            with ordinality as items (item, place)
    )
{%- endmacro %}


{#
    A JSON object as text.

    values: a mapping from key to an expression of a text or a number.
#}
{% macro json_as_text(values) -%}
    {{ adapter.dispatch('json_as_text', 'user_states')(values) }}
{%- endmacro %}

{% macro default__json_as_text(values) -%}
    {{ not_implemented('json_as_text') }}
{%- endmacro %}

{% macro postgres__json_as_text(values) -%}
    cast(
            json_build_object(
                {%- for key, expression in values.items() %}
                '{{ key }}', {{ expression }}{{ ',' if not loop.last }}
                {%- endfor %}
            ) as text
        )
{%- endmacro %}
