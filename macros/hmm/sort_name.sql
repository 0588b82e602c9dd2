{#
    A state's name after its number, so that an alphabetical order is that of the states.
    Two digits hold the 50 states that the var `hmm.states` allows at most.
#}
{% macro sort_name(state_id, state_name) -%}
    lpad(cast({{ state_id }} as {{ dbt.type_string() }}), 2, '0')
    || ' ' || {{ state_name }}
{%- endmacro %}
