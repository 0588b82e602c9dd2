{# A feature of user_week_panel in the units of a run: the same as FeatureScaling. #}
{% macro scaled_feature(feature) -%}

    {%- set number = as_number(feature) -%}
    {%- if feature['transform'] == 'log1p' -%}
        {%- set number = 'ln(1 + ' ~ number ~ ')' -%}
    {%- endif -%}
    ({{ number }} - {{ as_double(feature['mean']) }}) / {{ as_double(feature['scale']) }}

{%- endmacro %}
