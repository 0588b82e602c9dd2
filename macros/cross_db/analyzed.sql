{#
    A statement that tells the planner how many rows a new table has and what is
    in them. Without it PostgreSQL guesses, and sorts where it could hash.
#}
{% macro analyzed(relation) -%}
    {{ return(adapter.dispatch('analyzed', 'user_states')(relation)) }}
{%- endmacro %}

{% macro default__analyzed(relation) -%}
    {{ return('analyze ' ~ relation if execute and model.config.materialized != 'view' else '') }}
{%- endmacro %}
