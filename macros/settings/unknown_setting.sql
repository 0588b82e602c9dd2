{#
    Stop because of a var that this project does not have, and suggest the nearest
    names.
#}
{% macro unknown_setting(name) %}

    {% set names = setting_rules().keys() | sort %}
    {% set name = name | string | truncate(100, true) %}
    {% set nearest = nearest_names(name, names) %}
    {{ exceptions.raise_compiler_error(
        "found a var '" ~ name ~ "', which this project does not have"
        ~ ("; did you mean " ~ nearest | join(' or ') ~ "? Expected" if nearest else "; expected")
        ~ " one of: " ~ names | join(', ')
        ~ ". Correct its name in dbt_project.yml or --vars."
    ) }}

{% endmacro %}
