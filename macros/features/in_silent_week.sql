{#
    The value of a feature's column a number of silent weeks after the week for which it was
    computed, as declared in the var `features`. Zero means that week itself.

    A growing feature stops at its cap. It may be null, which `least` alone would ignore.
#}
{% macro in_silent_week(feature, column, n_silent_weeks) -%}

    {%- set grown = column ~ ' + ' ~ n_silent_weeks -%}
    {%- if feature['silent_week'] == 'carried' -%}
        {{ column }}
    {%- elif feature['silent_week'] == 'growing' and feature['cap'] != 'none' -%}
        case when {{ column }} is not null then least({{ grown }}, {{ var(feature['cap']) }}) end
    {%- elif feature['silent_week'] == 'growing' -%}
        {{ grown }}
    {%- elif feature['family'] == 'binary' -%}
        {{ column }} and {{ n_silent_weeks }} = 0
    {%- else -%}
        case when {{ n_silent_weeks }} = 0 or {{ column }} is null then {{ column }} else 0 end
    {%- endif -%}

{%- endmacro %}
