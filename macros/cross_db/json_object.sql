{#
    An array of texts and one of doubles as a JSON object, the texts as its keys. JSON
    writes every digit of a number out: what is below 1e-15 is 0.
#}
{% macro json_object(keys, numbers) -%}
    {{ adapter.dispatch('json_object', 'user_states')(keys, numbers) }}
{%- endmacro %}

{% macro default__json_object(keys, numbers) -%}
    (
        select
            jsonb_object_agg(
                items.label,
                case when items.number < 1e-15 then 0 else items.number end
            )
        from unnest({{ keys }}, {{ numbers }}) as items (label, number)
    )
{%- endmacro %}
