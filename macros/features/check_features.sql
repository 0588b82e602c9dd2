{#
    Stop at an entry of the feature list that is incomplete or unknown, at a model
    feature that the list does not have, and at mixed emissions without is_active.
#}
{% macro check_features() %}

    {% set allowed = {
        'silent_week': ['zero', 'carried', 'growing'],
        'family': ['binary', 'continuous'],
        'transform': ['log1p', 'none'],
        'evidence': ['week', 'request', 'ride', 'none'],
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
        {# A silent week would repeat what the last week with a request said. #}
        {% if feature['silent_week'] == 'carried' and feature['evidence'] == 'week' %}
            {{ exceptions.raise_compiler_error(
                "found the carried feature " ~ tojson(feature) ~ " in the var features; expected its"
                ~ " evidence to be request, ride or none, for a silent week only repeats it."
                ~ " Correct the entry in dbt_project.yml."
            ) }}
        {% endif %}
    {% endfor %}

    {% set names = var('features') | map(attribute='name') | list %}
    {% for name in setting('hmm.features') if name not in names %}
        {{ exceptions.raise_compiler_error(
            "found '" ~ name ~ "' in the var hmm.features; expected one of: " ~ names | join(', ')
            ~ ". Correct it in dbt_project.yml or --vars."
        ) }}
    {% endfor %}

    {% if setting('hmm.emissions') == 'mixed' and 'is_active' not in setting('hmm.features') %}
        {{ exceptions.raise_compiler_error(
            "found the var hmm.emissions = mixed without is_active in the var hmm.features, "
            ~ tojson(setting('hmm.features')) ~ "; expected it there, because nothing else shows that a week"
            ~ " was silent. Add it in dbt_project.yml or --vars, or choose hmm.emissions: gaussian."
        ) }}
    {% endif %}

    {{ return('') }}

{% endmacro %}
