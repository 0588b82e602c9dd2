{#
    Stop if a knob of `hmm` is set under its old name, such as hmm_states for
    hmm.states: dbt would ignore it.
#}
{% macro check_old_setting_names() %}

    {% set renamed = [] %}
    {% for name in setting_rules() if '.' in name and var(name | replace('.', '_'), none) is not none %}
        {% do renamed.append(name) %}
    {% endfor %}

    {% if renamed %}
        {{ exceptions.raise_compiler_error(
            "found " ~ renamed | map('replace', '.', '_') | join(', ') ~ " among the vars; expected the new"
            ~ " name, " ~ renamed | join(', ') ~ ". Write --vars '{" ~ renamed[0] ~ ": …}' on the command"
            ~ " line, or " ~ renamed[0].split('.')[1] ~ " under " ~ renamed[0].split('.')[0]
            ~ " in dbt_project.yml, and delete the old name."
        ) }}
    {% endif %}

    {{ return('') }}

{% endmacro %}
