{#
    A feature whose source may be absent, or which is not defined from the start. It is
    null in every week if the log lacks its source (var `features`). A carried feature is
    null before the first completed ride, and has its default until it is defined.
#}
{% macro defined(name, expression) -%}

    {%- set feature = var('features') | selectattr('name', 'equalto', name) | first -%}
    {%- set conditions = [] -%}
    {%- if feature['silent_week'] == 'carried' -%}
        {%- do conditions.append('carried.has_completed_ride') -%}
        {%- set expression = 'coalesce(' ~ expression ~ ', ' ~ feature['default'] ~ ')' -%}
    {%- endif -%}
    {%- if 'source' in feature -%}
        {%- do conditions.append('feature_sources.' ~ feature['source']) -%}
    {%- endif -%}
    case when {{ conditions | join(' and ') }} then {{ expression }} end

{%- endmacro %}
