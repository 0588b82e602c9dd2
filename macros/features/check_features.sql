{#
    Stop at an entry of the feature list that is incomplete or unknown, and at a
    model feature that the list does not have.
#}
{% macro check_features() %}

    {% set allowed = {
        'silent_week': ['zero', 'carried', 'growing'],
        'family': ['binary', 'continuous'],
        'transform': ['log1p', 'none'],
    } %}

    {% for feature in var('features') %}
        {% for key, values in allowed.items() if feature.get(key) not in values %}
            {{ exceptions.raise_compiler_error(
                "found the feature " ~ tojson(feature) ~ " in the var features; expected " ~ key
                ~ " to be one of " ~ values | join(', ') ~ ". Correct the entry in dbt_project.yml."
            ) }}
        {% endfor %}
        {% if feature.get('default') is not number %}
            {{ exceptions.raise_compiler_error(
                "found the feature " ~ tojson(feature) ~ " in the var features; expected a number as"
                ~ " its default. Correct the entry in dbt_project.yml."
            ) }}
        {% endif %}
    {% endfor %}

    {% set names = var('features') | map(attribute='name') | list %}
    {% for name in var('hmm_features') if name not in names %}
        {{ exceptions.raise_compiler_error(
            "found '" ~ name ~ "' in the var hmm_features; expected one of: " ~ names | join(', ')
            ~ ". Correct it in dbt_project.yml or --vars."
        ) }}
    {% endfor %}

    {{ return('') }}

{% endmacro %}
