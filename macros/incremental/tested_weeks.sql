{#
    Which rows of a table that keeps closed weeks the tests of data look at. A build does not
    touch rows of closed weeks, and it tested them while their weeks were open. So with
    `tested_weeks: changed` tests look only at rows of open weeks: in generic tests dbt asks
    `get_where_subquery`, tests in tests/integrity ask `is_tested_week`. Where a build opens
    every week, and with `all`, they look at every row.
#}


{# Whether the tests of this build look only at open weeks. #}
{% macro tests_only_open_weeks() %}
    {{ return(var('tested_weeks') == 'changed' and not flags.FULL_REFRESH) }}
{% endmacro %}


{# The first week that tests look at, as text; start_of_time if they look at all. #}
{% macro first_tested_week(of_states=false) %}
    {{ return(
        first_open_week(of_features=true, of_states=of_states) if tests_only_open_weeks() else start_of_time()
    ) }}
{% endmacro %}


{#
    Whether a test looks at a week of a table that keeps closed weeks, as a condition. It is
    the same for all of these tables, so that a test can compare them.

    of_states: for tests of tables that also depend on the champion.
#}
{% macro is_tested_week(week_start, of_states=false) -%}
    {%- set first_week = first_tested_week(of_states) -%}
    {{ 'true' if first_week == start_of_time() else week_start ~ " >= '" ~ first_week ~ "'" }}
{%- endmacro %}


{#
    What a generic test reads: dbt's own macro, which adds `where` of the test's config, and
    for tables that keep closed weeks, and views of them, the rows to look at.
#}
{% macro get_where_subquery(relation) %}

    {% set conditions = [] %}
    {% if config.get('where') %}
        {% do conditions.append('(' ~ config.get('where') ~ ')') %}
    {% endif %}
    {% if execute and tests_only_open_weeks() %}
        {% set tested = graph.nodes.get(model.attached_node) %}
        {% if tested and 'open_rows' in tested.config.meta %}
            {% do conditions.append(is_open_row(tested.config.meta)) %}
        {% endif %}
    {% endif %}
    {{ return(
        '(select * from ' ~ relation ~ ' where ' ~ conditions | join(' and ') ~ ') dbt_subquery'
        if conditions else relation
    ) }}

{% endmacro %}
