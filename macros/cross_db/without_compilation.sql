{#
    A statement that keeps the engine from compiling the next query of the same
    transaction. Where PostgreSQL has its just-in-time compiler, it would spend longer
    on thousands of written-out terms than the query takes.
#}
{% macro without_compilation() -%}
    {{ return(adapter.dispatch('without_compilation', 'user_states')()) }}
{%- endmacro %}

{% macro default__without_compilation() -%}
    {{ return('set local jit = off') }}
{%- endmacro %}
