{#
    Stop if the var `features` has a bad entry or the same name twice, if hmm.features
    has a name that is not declared there, or if emissions or levels do not fit it.

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

    {% set families = {} %}
    {% for feature in var('features') if feature['name'] in setting('hmm.features') %}
        {% do families.update({feature['name']: feature['family']}) %}
    {% endfor %}
    {% set has_count = 'count' in families.values() %}

    {% if setting('hmm.emissions') == 'mixed' and 'is_active' not in families and not has_count %}
        {{ exceptions.raise_compiler_error(
            "found the var hmm.emissions = mixed without is_active in the var hmm.features, "
            ~ tojson(setting('hmm.features')) ~ "; expected it there, or a count such as n_rides, because"
            ~ " nothing else shows that a week was silent. Add one in dbt_project.yml or --vars, or choose"
            ~ " hmm.emissions: gaussian."
        ) }}
    {% endif %}

    {% for name, family in families.items() if setting('hmm.emissions') == 'gaussian' and family in ('share', 'parts', 'categorical') %}
        {{ exceptions.raise_compiler_error(
            "found the var hmm.emissions = gaussian with " ~ name ~ " in the var hmm.features, whose family is "
            ~ family ~ "; expected binary, continuous or count, because no normal distribution describes a "
            ~ family ~ ". Choose hmm.emissions: mixed, or the features of hmm.preset: notebook."
        ) }}
    {% endfor %}

    {% if setting('hmm.levels') > 1 and (setting('hmm.emissions') == 'gaussian' or not has_count) %}
        {{ exceptions.raise_compiler_error(
            "found the var hmm.levels = " ~ setting('hmm.levels') ~ " with hmm.emissions: " ~ setting('hmm.emissions')
            ~ " of " ~ tojson(setting('hmm.features')) ~ "; expected mixed emissions that read a count, whose levels"
            ~ " they are. Add n_rides to hmm.features, or choose hmm.levels: preset."
        ) }}
    {% endif %}

    {{ return('') }}

{% endmacro %}
