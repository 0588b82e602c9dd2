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


{# How often a regular expression, which matches no empty text, is found in a text. #}
{% macro count_of_matches(text, pattern) -%}
    {{ adapter.dispatch('count_of_matches', 'user_states')(text, pattern) }}
{%- endmacro %}

{% macro default__count_of_matches(text, pattern) -%}
    {{ not_implemented('count_of_matches') }}
{%- endmacro %}

{% macro postgres__count_of_matches(text, pattern) -%}
    cardinality(regexp_split_to_array({{ text }}, {{ pattern }})) - 1
{%- endmacro %}


{# A text without what a regular expression finds in it. #}
{% macro without_matches(text, pattern) -%}
    {{ adapter.dispatch('without_matches', 'user_states')(text, pattern) }}
{%- endmacro %}

{% macro default__without_matches(text, pattern) -%}
    {{ not_implemented('without_matches') }}
{%- endmacro %}

{% macro postgres__without_matches(text, pattern) -%}
    regexp_replace({{ text }}, {{ pattern }}, '', 'g')
{%- endmacro %}


{#
    A join that makes a row of each part of a text that a regular expression finds, with its
    place from 1: `from messages {{ each_match('body', pattern, 'words') }}` has words.found
    and words.place.
#}
{% macro each_match(text, pattern, alias) -%}
    {{ adapter.dispatch('each_match', 'user_states')(text, pattern, alias) }}
{%- endmacro %}

{% macro default__each_match(text, pattern, alias) -%}
    {{ not_implemented('each_match') }}
{%- endmacro %}

{% macro postgres__each_match(text, pattern, alias) -%}
    cross join lateral (
        select
            matched.parts[1] as found,
            matched.place
        from regexp_matches({{ text }}, {{ pattern }}, 'g') with ordinality as matched (parts, place)
    ) as {{ alias }}
{%- endmacro %}
