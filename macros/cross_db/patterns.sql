{# Whether a text matches a regular expression; a missing expression matches nothing. #}
{% macro matches(text, pattern) -%}
    {{ adapter.dispatch('matches', 'user_states')(text, pattern) }}
{%- endmacro %}

{% macro default__matches(text, pattern) -%}
    {{ not_implemented('matches') }}
{%- endmacro %}

{% macro postgres__matches(text, pattern) -%}
    coalesce({{ text }} ~ {{ pattern }}, false)
{%- endmacro %}
