{#
    Stop if the var `features` has a bad entry or the same name twice, if hmm.features
    has a name that is not declared there, or if mixed emissions lack is_active.

    These are all the rules: Python relies on them, because every command of scripts/
    calls check_settings, which calls this macro, before it reads a feature.
#}
{% macro check_features() %}

    {% for feature in var('features') %}
        {% set problem = feature_problem(feature) %}
        {% if problem %}
            {{ exceptions.raise_compiler_error(
                "found the feature " ~ tojson(feature) ~ " in the var features; " ~ problem
                ~ ". Correct the entry in dbt_project.yml."
            ) }}
        {% endif %}
    {% endfor %}

    {% set names = var('features') | map(attribute='name') | list %}
    {% for var_name, listed in {'features': names, 'hmm.features': setting('hmm.features')}.items() %}
        {% if listed | unique | list | length < listed | length %}
            {{ exceptions.raise_compiler_error(
                "found a name more than once in the var " ~ var_name ~ ": " ~ listed | join(', ')
                ~ "; expected each feature once. Remove the repeats in dbt_project.yml or --vars."
            ) }}
        {% endif %}
    {% endfor %}

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
