{#
    The texts under one key of a JSON list of objects, in their order and joined by
    "; ". Null where the list is empty.
#}
{% macro json_texts(column, key) -%}
    {{ adapter.dispatch('json_texts', 'user_states')(column, key) }}
{%- endmacro %}

{% macro default__json_texts(column, key) -%}
    (
        select string_agg(items.item ->> '{{ key }}', '; ' order by items.place)
        from json_array_elements(cast({{ column }} as json))
            with ordinality as items (item, place)
    )
{%- endmacro %}
