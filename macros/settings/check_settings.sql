{#
    Stop at a setting that does not exist, has the wrong type or is out of range.

    names: the names that were set. By default those of --vars, the only ones
    that dbt shows to a macro; the Python scripts hand on the names in
    dbt_project.yml as well.
#}
{% macro check_settings(names=none) %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set rules = setting_rules() %}
    {% set set_names = names if names is not none else invocation_args_dict.get('vars', {}).keys() %}

    {% for name in set_names if name not in rules %}
        {{ exceptions.raise_compiler_error(
            "found a var '" ~ name ~ "', which this project does not have; expected one of: "
            ~ rules.keys() | sort | join(', ') ~ ". Correct its name in dbt_project.yml or --vars."
        ) }}
    {% endfor %}

    {% for name, rule in rules.items() %}
        {% set problem = setting_problem(name, var(name), rule) %}
        {% if problem %}
            {{ exceptions.raise_compiler_error(
                "found the var " ~ name ~ " = " ~ tojson(var(name)) ~ "; " ~ problem
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

    {# The sample is those with the smallest hashes: the same hash cannot divide it by chance. #}
    {% if var('hmm_holdout_salt') == var('hmm_sample_salt') %}
        {{ exceptions.raise_compiler_error(
            "found the vars hmm_sample_salt and hmm_holdout_salt both = " ~ tojson(var('hmm_holdout_salt'))
            ~ "; expected two different texts, so that the users who judge a model are drawn anew."
            ~ " Change one in dbt_project.yml or --vars."
        ) }}
    {% endif %}

    {% do check_features() %}

    {{ return('') }}

{% endmacro %}
