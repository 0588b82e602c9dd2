{#
    Give each role that a var names the rights that it lacks. It runs before every build,
    in one session, because two sessions that grant usage of the same schema at the same
    time fail ("tuple concurrently updated"). Tables that the build replaces get their
    grants in grant_to_roles.
#}
{% macro grant_rights() %}

    {% if not execute or flags.WHICH not in ('build', 'run', 'seed', 'run-operation') or not vars_with_a_role() %}
        {{ return('') }}
    {% endif %}

    {% set grants = run_query(missing_grants(rights_of_roles())).columns[0].values() %}
    {% if grants %}
        {% do run_and_commit(grants) %}
    {% endif %}

    {{ return('') }}

{% endmacro %}
