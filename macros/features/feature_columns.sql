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


{#
    Numbers that describe a feature week by week, each with its own mean: a mapping from a
    name to an expression over user_week_panel, a double. Of a share it is the share of the
    week, null if the whole is 0; of parts the share of each part, by the name of its column.
#}
{% macro feature_numbers(feature) %}

    {% set columns = feature_columns(feature) %}
    {% if feature['family'] == 'share' %}
        {{ return({feature['name']: share('user_week_panel.' ~ columns[0], 'user_week_panel.' ~ columns[1])}) }}
    {% elif feature['family'] == 'parts' %}
        {% set whole = '(user_week_panel.' ~ columns | join(' + user_week_panel.') ~ ')' %}
        {% set numbers = {} %}
        {% for column in columns %}
            {% do numbers.update({column: share('user_week_panel.' ~ column, whole)}) %}
        {% endfor %}
        {{ return(numbers) }}
    {% endif %}
    {{ return({feature['name']: as_number(feature)}) }}

{% endmacro %}
