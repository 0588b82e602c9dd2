{#
    A feature's value a number of silent weeks after the week that it was
    computed for, by its declared nature; 0 weeks after is the week itself.

    `weeks_since_last_ride` grows up to the weeks after which a user has lapsed:
    beyond that, longer absences are the same to the model. It is null before the
    first completed ride, which `least` alone would pass over.
#}
{% macro in_silent_week(feature, n_silent_weeks) -%}

    {%- set name = feature['name'] -%}
    {%- if feature['silent_week'] == 'carried' -%}
        {{ name }}
    {%- elif feature['silent_week'] == 'growing' and name == 'weeks_since_last_ride' -%}
        case
            when {{ name }} is not null
                then least({{ name }} + {{ n_silent_weeks }}, {{ var('lapse_after_weeks') }})
        end
    {%- elif feature['silent_week'] == 'growing' -%}
        {{ name }} + {{ n_silent_weeks }}
    {%- elif feature['family'] == 'binary' -%}
        {{ name }} and {{ n_silent_weeks }} = 0
    {%- else -%}
        case when {{ n_silent_weeks }} = 0 or {{ name }} is null then {{ name }} else 0 end
    {%- endif -%}

{%- endmacro %}
