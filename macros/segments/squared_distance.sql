{#
    The squared distance of two relations' rows in the features that models of customers
    read; one that is null in either adds nothing.
#}
{% macro squared_distance(one, other) -%}

    {%- for feature in model_features() -%}
        {%- set difference = '(' ~ one ~ '.' ~ feature ~ ' - ' ~ other ~ '.' ~ feature ~ ')' -%}
        coalesce({{ difference }} * {{ difference }}, 0){{ ' + ' if not loop.last }}
    {%- endfor -%}

{%- endmacro %}
