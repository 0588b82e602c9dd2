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


{#
    The numbers of every feature of the var `features`, in order: a mapping from the name of
    a number to its feature and its expression.
#}
{% macro all_feature_numbers() %}

    {% set numbers = {} %}
    {% for feature in var('features') %}
        {% for name, number in feature_numbers(feature).items() %}
            {% do numbers.update({name: {'feature': feature, 'number': number}}) %}
        {% endfor %}
    {% endfor %}
    {{ return(numbers) }}

{% endmacro %}


{#
    The same for profiles of states: a mapping from a name to an expression. A week that is
    no evidence because it is the user's first has no value.
#}
{% macro profile_numbers() %}

    {% set numbers = {} %}
    {% for name, described in all_feature_numbers().items() %}
        {% set number = described['number'] %}
        {% if described['feature']['evidence'] == 'later_week' %}
            {% set number = 'case when user_week_panel.is_first_ride_week is not true then ' ~ number ~ ' end' %}
        {% endif %}
        {% do numbers.update({name: number}) %}
    {% endfor %}
    {{ return(numbers) }}

{% endmacro %}
