{#
    Regular expressions of what is counted in messages. Letters are named by their numbers,
    since what a database takes for a letter depends on its locale.
#}

{# Not part of a word: white space, and the signs of ASCII and of Unicode's blocks of signs. #}
{% macro characters_between_words() -%}
    {{ return(
        '\\s\\u0021-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u00bf\\u2000-\\u206f\\u2190-\\u2bff\\u3000-\\u303f'
        ~ '\\ufe0f\\uff01-\\uff0f\\U0001f000-\\U0001faff'
    ) }}
{%- endmacro %}


{# A word; an apostrophe or a hyphen may stand inside. #}
{% macro word_pattern() -%}
    {%- set letter = '[^' ~ characters_between_words() ~ ']' -%}
    {{ return("'" ~ letter ~ "+(?:[''\\u2019-]" ~ letter ~ "+)*'") }}
{%- endmacro %}


{# The other patterns, by name. #}
{% macro text_patterns() -%}
    {{ return({
        'link': "'(?:https?://|www\\.)\\S+'",
        'mention': "'(?<![\\w.+-])@\\w+'",
        'exclamation': "'[!\\uff01]'",
        'question': "'[?\\u061f\\uff1f]'",
        'ellipsis': "'\\.{3,}|\\u2026'",
        'comma': "'[,\\u060c\\u3001\\uff0c]'",
        'upper_case': "'[A-Z\\u00c0-\\u00d6\\u00d8-\\u00de\\u0391-\\u03a9\\u0410-\\u042f]'",
        'digit': "'[0-9]'",
        'emoji': "'[\\u2600-\\u27bf\\u2b50\\u2b55\\U0001f1e6-\\U0001faff]'",
        'quotation': "'(?:^|\\n)\\s*>|[\"\\u00ab\\u201c\\u201e][^\"\\u00ab\\u00bb\\u201c-\\u201e]{2,}[\"\\u00bb\\u201c\\u201d]'",
    }) }}
{%- endmacro %}
