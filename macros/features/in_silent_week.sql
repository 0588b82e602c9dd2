{#
    A feature's value a number of silent weeks after the week for which it was computed,
    as declared in the var `features`. Zero means that week itself.

    A growing feature stops at its cap. It may be null, which `least` alone would ignore.
#}
{% macro in_silent_week(feature, n_silent_weeks) -%}

    {%- set name = feature['name'] -%}
    {%- set grown = name ~ ' + ' ~ n_silent_weeks -%}
    {%- if feature['silent_week'] == 'carried' -%}
        {{ name }}
    {%- elif feature['silent_week'] == 'growing' and feature['cap'] != 'none' -%}
        case when {{ name }} is not null then least({{ grown }}, {{ var(feature['cap']) }}) end
    {%- elif feature['silent_week'] == 'growing' -%}
        {{ grown }}
    {%- elif feature['family'] == 'binary' -%}
        {{ name }} and {{ n_silent_weeks }} = 0
    {%- else -%}
        case when {{ n_silent_weeks }} = 0 or {{ name }} is null then {{ name }} else 0 end
    {%- endif -%}

{%- endmacro %}
