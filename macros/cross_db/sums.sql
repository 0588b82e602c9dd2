{#
    The sum of a term over the whole numbers from first to last, in their order; 0 if there
    are none. The term names the number, and may name columns of the row. first and last may
    be columns, too.
#}
{% macro sum_over_integers(first, last, number, term) -%}
    {{ adapter.dispatch('sum_over_integers', 'user_states')(first, last, number, term) }}
{%- endmacro %}

{% macro default__sum_over_integers(first, last, number, term) -%}
    {{ not_implemented('sum_over_integers') }}
{%- endmacro %}

{% macro postgres__sum_over_integers(first, last, number, term) -%}
    (
        select coalesce(sum({{ term }}), 0)
        from generate_series({{ first }}, {{ last }}) as integers ({{ number }})
    )
{%- endmacro %}
