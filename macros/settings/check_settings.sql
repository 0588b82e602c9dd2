{#
    Stop if a setting does not exist, has the wrong type or is out of range.

    names: the names that were set. By default those in --vars, the only ones that
    dbt shows to a macro. The Python scripts pass the names in dbt_project.yml too.
#}
{% macro check_settings(names=none) %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set rules = setting_rules() %}
    {% set set_names = names if names is not none else invocation_args_dict.get('vars', {}).keys() %}

    {% do check_old_setting_names() %}
    {% do check_setting_group('hmm') %}

    {% for name in set_names if name not in rules %}
        {% do unknown_setting(name) %}
    {% endfor %}

    {% for name, rule in rules.items() %}
        {% set value = setting(name) %}
        {% set problem = setting_problem(name, value, rule) %}
        {% if problem %}
            {{ exceptions.raise_compiler_error(
                "found the var " ~ name ~ " = " ~ tojson(value) | truncate(500, true) ~ "; " ~ problem
                ~ ". Correct it in dbt_project.yml or --vars."
            ) }}
        {% endif %}
    {% endfor %}

    {% if var('as_of_date') and var('as_of_date') | string > run_started_at.strftime('%Y-%m-%d') %}
        {{ exceptions.raise_compiler_error(
            "found the var as_of_date = " ~ var('as_of_date') ~ ", which is in the future; expected a day"
            ~ " that is over. Correct it in dbt_project.yml or --vars, or leave it empty."
        ) }}
    {% endif %}

    {# The sample has the users with the smallest hashes, so the same hash cannot split it at random. #}
    {% if setting('hmm.holdout_salt') == setting('hmm.sample_salt') %}
        {{ exceptions.raise_compiler_error(
            "found the vars hmm.sample_salt and hmm.holdout_salt both = " ~ tojson(setting('hmm.holdout_salt'))
            ~ "; expected two different texts, so that the users held out are a random part of the sample."
            ~ " Change one in dbt_project.yml or --vars."
        ) }}
    {% endif %}

    {% do check_features() %}

    {{ return('') }}

{% endmacro %}
