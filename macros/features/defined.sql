{#
    A carried feature with its default (var `features`) where it is not yet
    defined. It is null before the first completed ride, and in every week where
    the log has no such fact at all (source: a column of int_feature_sources).
#}
{% macro defined(name, expression, source=none) -%}

    {%- set feature = var('features') | selectattr('name', 'equalto', name) | first -%}
    case
        when carried.has_completed_ride{% if source %} and feature_sources.{{ source }}{% endif %}
            then coalesce({{ expression }}, {{ feature['default'] }})
    end

{%- endmacro %}
