{#
    A state's name in at most 24 characters, for charts. A name of several words between
    commas keeps as many of them as fit; any other name is cut at a blank.

    Weekly, evenings, with coupons         →  Weekly, evenings
    Commuters who ride every single day    →  Commuters who ride…
#}
{% macro short_name(state_name) -%}
    {%- set last_comma = "position(',' in reverse(left(" ~ state_name ~ ", 25)))" -%}
    {%- set last_blank = "position(' ' in reverse(left(" ~ state_name ~ ", 24)))" -%}
    case
        when length({{ state_name }}) <= 24 then {{ state_name }}
        when position(',' in left({{ state_name }}, 25)) > 1
            then left({{ state_name }}, 25 - {{ last_comma }})
        when position(' ' in left({{ state_name }}, 24)) > 1
            then left({{ state_name }}, 24 - {{ last_blank }}) || '…'
        else left({{ state_name }}, 23) || '…'
    end
{%- endmacro %}
