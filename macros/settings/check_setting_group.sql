{#
    Stop if a mapping var cannot be read knob by knob: it is given whole in --vars, is
    not a mapping, lacks one of its knobs, or has one that does not exist.
#}
{% macro check_setting_group(group) %}

    {% do check_old_setting_names() %}
    {% set names = setting_rules().keys() %}

    {% if group in invocation_args_dict.get('vars', {}) %}
        {{ exceptions.raise_compiler_error(
            "found the var " ~ group ~ " in --vars, where it would replace every knob of the mapping;"
            ~ " expected single knobs by their full names, such as --vars '{" ~ group ~ ".states: 6}'."
        ) }}
    {% endif %}

    {% set knobs = var(group, {}) %}
    {% if knobs is not mapping %}
        {{ exceptions.raise_compiler_error(
            "found the var " ~ group ~ " = " ~ tojson(knobs) ~ "; expected a mapping of its knobs."
            ~ " Correct it in dbt_project.yml."
        ) }}
    {% endif %}

    {% for knob in knobs if group ~ '.' ~ knob not in names %}
        {% do unknown_setting(group ~ '.' ~ knob) %}
    {% endfor %}

    {% for name in names if name.startswith(group ~ '.') and var(name, knobs.get(name.split('.')[1])) is none %}
        {{ exceptions.raise_compiler_error(
            "found no value of " ~ name ~ "; expected one. Write " ~ name.split('.')[1]
            ~ " under " ~ group ~ " in dbt_project.yml."
        ) }}
    {% endfor %}

    {{ return('') }}

{% endmacro %}
