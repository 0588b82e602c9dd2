{# A feature of user_week_panel in the units of a run: the same as FeatureScaling. #}
{% macro scaled_feature(feature) -%}

    ({{ transformed(feature) }} - {{ as_double(feature['mean']) }}) / {{ as_double(feature['scale']) }}

{%- endmacro %}
