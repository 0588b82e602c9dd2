{#
    Whether the hash of a text lies in the first part of all hashes: true for that share
    of many texts, and always the same for one. A larger share holds the smaller one.
#}
{% macro hashes_below(text, share) -%}
    {{ adapter.dispatch('hashes_below', 'user_states')(text, share) }}
{%- endmacro %}

{% macro default__hashes_below(text, share) -%}
    md5({{ text }}) < '{{ '%08x' | format((share * 4294967296) | int) }}'
{%- endmacro %}
