{#
    Stop before the seed experiment_variants is loaded if an experiment cannot be compared.
    It is a pre-hook of that seed and reads the seed's file.
#}
{% macro check_experiment_variants() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set file = load_agate_table() %}
    {% do check_columns_of_seed(file, 'experiment_variants', [
        'experiment', 'variant', 'share', 'is_control', 'cost_per_customer',
    ]) %}
    {% set experiments = {} %}
    {% for row in file.rows %}
        {% do experiments.setdefault(row['experiment'] | string, []).append(row) %}
    {% endfor %}
    {% for experiment, variants in experiments.items() %}
        {% set problem = variants_problem(variants) %}
        {% if problem %}
            {{ exceptions.raise_compiler_error(
                "found the experiment '" ~ experiment ~ "' with " ~ problem
                ~ ". Correct seeds/experiment_variants.csv."
            ) }}
        {% endif %}
    {% endfor %}
    {{ return('') }}

{% endmacro %}


{# What is wrong with the variants of an experiment. Empty if nothing is. #}
{% macro variants_problem(variants) %}

    {% set shares, controls, names = [], [], [] %}
    {% for row in variants %}
        {% if row['share'] is none or not 0 < row['share'] | float <= 1 %}
            {{ return(
                "the share " ~ row['share'] ~ " of the variant '" ~ row['variant']
                ~ "'; expected more than 0 and at most 1: nobody would be in it"
            ) }}
        {% elif row['variant'] in names %}
            {{ return("the variant '" ~ row['variant'] ~ "' twice; expected each once") }}
        {% elif row['cost_per_customer'] is not none and row['cost_per_customer'] | float < 0 %}
            {{ return(
                "the cost_per_customer " ~ row['cost_per_customer'] ~ " of the variant '" ~ row['variant']
                ~ "'; expected 0 or more, or nothing"
            ) }}
        {% endif %}
        {% do names.append(row['variant']) %}
        {% do shares.append(row['share'] | float) %}
        {% if row['is_control'] | string | lower == 'true' %}
            {% do controls.append(row['variant']) %}
        {% endif %}
    {% endfor %}
    {% if shares | sum > 1.000001 %}
        {{ return("shares that add up to " ~ shares | sum | round(6) ~ "; expected at most 1") }}
    {% elif controls | length != 1 %}
        {{ return((controls | length or 'no') ~ " variants with is_control; expected one, with which the others are compared") }}
    {% elif variants | length < 2 %}
        {{ return("one variant; expected two or more") }}
    {% endif %}
    {{ return('') }}

{% endmacro %}
