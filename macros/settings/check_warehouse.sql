{#
    Stop before any table is touched if a setting names a time zone or a role that the
    warehouse does not have.
#}
{% macro check_warehouse() %}

    {% if not execute or flags.WHICH not in ('build', 'run') %}
        {{ return('') }}
    {% endif %}

    {% set zone = var('default_time_zone') %}
    {% set zones = run_query(known_time_zones()).columns[0].values() %}
    {% if zone not in zones %}
        {{ exceptions.raise_compiler_error(
            "found the var default_time_zone = '" ~ zone ~ "', which the warehouse does not know; expected"
            ~ " an IANA name such as Europe/Madrid. Correct it in dbt_project.yml or --vars."
        ) }}
    {% endif %}

    {% for name in vars_with_a_role() if var(name) not in run_query(known_roles()).columns[0].values() %}
        {{ exceptions.raise_compiler_error(
            "found the var " ~ name ~ " = '" ~ var(name) ~ "', a role that the warehouse does not have; expected"
            ~ " an existing one. Create it (docs/roles.sql creates five), or correct the var in dbt_project.yml or"
            ~ " --vars."
        ) }}
    {% endfor %}

    {{ return('') }}

{% endmacro %}
