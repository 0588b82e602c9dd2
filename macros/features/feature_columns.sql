{#
    The columns of user_week_panel that a feature is read from. The comment above the var
    `features` says what the families are.

    share   its own column, then `of`, the whole
    parts   those of `columns`
    others  their own column
#}
{% macro feature_columns(feature) %}

    {% if feature['family'] == 'parts' %}
        {{ return(feature['columns']) }}
    {% elif feature['family'] == 'share' %}
        {{ return([feature['name'], feature['of']]) }}
    {% endif %}
    {{ return([feature['name']]) }}

{% endmacro %}


{#
    Every column that some feature of the var `features` is read from, once each, in order:
    a mapping from the column to the feature that says how it is filled. That is the feature
    of the same name, if there is one.
#}
{% macro panel_columns() %}

    {% set by_name = {} %}
    {% for feature in var('features') if feature['family'] != 'parts' %}
        {% do by_name.update({feature['name']: feature}) %}
    {% endfor %}
    {% set columns = {} %}
    {% for feature in var('features') %}
        {% for column in feature_columns(feature) if column not in columns %}
            {% do columns.update({column: by_name.get(column, feature)}) %}
        {% endfor %}
    {% endfor %}
    {{ return(columns) }}

{% endmacro %}


{# The columns of some features, given by their names, once each. #}
{% macro columns_of(names) %}

    {% set columns = [] %}
    {% for feature in var('features') if feature['name'] in names %}
        {% do columns.extend(feature_columns(feature) | reject('in', columns) | list) %}
    {% endfor %}
    {{ return(columns) }}

{% endmacro %}


{# The columns that are 0 in a silent week. #}
{% macro zero_columns() %}

    {% set columns = [] %}
    {% for column, feature in panel_columns().items() if feature['silent_week'] == 'zero' and feature['family'] != 'binary' %}
        {% do columns.append(column) %}
    {% endfor %}
    {{ return(columns) }}

{% endmacro %}
