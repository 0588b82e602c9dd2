{#
    A text without white space around it: spaces, tabs, line breaks, and Unicode's other
    spaces. The same characters as those of user_states.rides.white_space in Python.
#}
{% macro trimmed(text) -%}
    {{ adapter.dispatch('trimmed', 'user_states')(text) }}
{%- endmacro %}

{% macro default__trimmed(text) -%}
    {{ not_implemented('trimmed') }}
{%- endmacro %}

{% macro postgres__trimmed(text) -%}
    {%- set codes = [
        '0009', '000a', '000b', '000c', '000d', '001c', '001d', '001e', '001f', '0020', '0085', '00a0', '1680',
        '2000', '2001', '2002', '2003', '2004', '2005', '2006', '2007', '2008', '2009', '200a',
        '2028', '2029', '202f', '205f', '3000',
    ] -%}
    btrim({{ text }}, e'\u{{ codes | join('\\u') }}')
{%- endmacro %}
