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


{# The digits of a text, without anything else. #}
{% macro digits(text) -%}
    {{ adapter.dispatch('digits', 'user_states')(text) }}
{%- endmacro %}

{% macro default__digits(text) -%}
    {{ not_implemented('digits') }}
{%- endmacro %}

{% macro postgres__digits(text) -%}
    regexp_replace({{ text }}, '[^0-9]', '', 'g')
{%- endmacro %}


{#
    The path of an address: without scheme and host, and without what follows ? or #.
    A path stays a path. Null if nothing is left.
#}
{% macro url_path(text) -%}
    {{ adapter.dispatch('url_path', 'user_states')(text) }}
{%- endmacro %}

{% macro default__url_path(text) -%}
    {{ not_implemented('url_path') }}
{%- endmacro %}

{% macro postgres__url_path(text) -%}
    nullif(regexp_replace(trim({{ text }}), '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*|[?#].*$', '', 'g'), '')
{%- endmacro %}
