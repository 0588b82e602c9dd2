{#
    The newest week that earlier builds recorded in a history among the marts, as text;
    none if there is none yet. For models upstream of that mart, which compute only what it
    still lacks and cannot read it by `ref`.
#}
{% macro newest_recorded_week(mart, week) %}

    {% if not execute %}
        {{ return(none) }}
    {% endif %}
    {% set relation = adapter.get_relation(this.database, prefixed_schema('marts'), mart) %}
    {% if relation is none %}
        {{ return(none) }}
    {% endif %}
    {{ return(run_query('select cast(max(' ~ week ~ ') as ' ~ dbt.type_string() ~ ') from ' ~ relation).rows[0][0]) }}

{% endmacro %}
