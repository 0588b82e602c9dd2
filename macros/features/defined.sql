{#
    The expression of a column of int_user_week_features, or null: in every week if the log
    lacks the source of its feature (var `features`), and for a carried feature also before
    the user's first completed ride. After that ride, a carried feature without a value gets
    its default.
#}
{% macro defined(name, expression) -%}

    {%- set feature = panel_columns()[name] -%}
    {%- set conditions = [] -%}
    {%- if feature['silent_week'] == 'carried' -%}
        {%- do conditions.append('carried.has_completed_ride') -%}
        {%- set expression = 'coalesce(' ~ expression ~ ', ' ~ feature['default'] ~ ')' -%}
    {%- endif -%}
    {%- if feature['source'] != 'none' -%}
        {%- do conditions.append('feature_sources.' ~ feature['source']) -%}
    {%- endif -%}
    {%- if conditions -%}
    case when {{ conditions | join(' and ') }} then {{ expression }} end
    {%- else -%}
    {{ expression }}
    {%- endif -%}

{%- endmacro %}
