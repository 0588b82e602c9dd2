{#
    The interval of Wilson 1927 (Journal of the American Statistical Association
    22:209-212) for a share: k of n. Null if n is 0. z: how many standard deviations, a
    column of doubles; without it those of 95 %.
#}
{% macro wilson_low(k, n, z=none) -%}
    {%- set deviations = z or as_double('1.959963984540054') -%}
    case when {{ n }} > 0 then greatest(
        {{ wilson_centre(k, n, deviations) }} - {{ wilson_reach(k, n, deviations) }}, 0
    ) end
{%- endmacro %}

{% macro wilson_high(k, n, z=none) -%}
    {%- set deviations = z or as_double('1.959963984540054') -%}
    case when {{ n }} > 0 then least(
        {{ wilson_centre(k, n, deviations) }} + {{ wilson_reach(k, n, deviations) }}, 1
    ) end
{%- endmacro %}


{# The middle of the interval. #}
{% macro wilson_centre(k, n, z) -%}
    ({{ k }} + {{ z }} * {{ z }} / 2) / ({{ n }} + {{ z }} * {{ z }})
{%- endmacro %}


{# From the middle to each end. #}
{% macro wilson_reach(k, n, z) -%}
    {{ z }} * sqrt(
        cast({{ k }} as {{ type_double() }}) * ({{ n }} - {{ k }}) / {{ n }}
        + {{ z }} * {{ z }} / 4
    ) / ({{ n }} + {{ z }} * {{ z }})
{%- endmacro %}
