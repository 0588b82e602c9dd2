{#
    Record how the build ended and remove its lock. A build that was killed never gets
    here: its row has no outcome, which reads "begun, not finished".
#}
{% macro end_build(results) %}

    {% if not execute or not changes_tables() %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('operations')) %}
    {% set unsound = [] %}
    {% for result in results if result.status | string in ('error', 'fail', 'runtime error', 'skipped', 'partial success') %}
        {% do unsound.append(result) %}
    {% endfor %}
    {% do explain_lock_timeouts(unsound) %}
    {% do run_query(
        "update " ~ schema ~ ".builds set
            finished_at = " ~ current_instant() ~ ",
            outcome = '" ~ ('failed' if unsound else 'succeeded') ~ "',
            as_of_week_start = (
                select last_as_of_week_start from " ~ schema ~ ".table_states where table_name = 'int_as_of_week'
            )
        where build_id = '" ~ invocation_id ~ "';
        delete from " ~ schema ~ ".build_lock where build_id = '" ~ invocation_id ~ "'; commit"
    ) %}
    {% if is_pulse() and not unsound %}
        {# One a minute: only the newest that went well is kept. #}
        {% do run_query(
            "delete from " ~ schema ~ ".builds
            where outcome = 'succeeded'
                and build_id <> '" ~ invocation_id ~ "'
                and selection = " ~ dbt.string_literal(build_selection()) ~ "; commit"
        ) %}
    {% endif %}
    {{ return('') }}

{% endmacro %}


{# Say what a node waited for if it could not replace its table, and who reads it. #}
{% macro explain_lock_timeouts(results) %}

    {% for result in results if 'lock timeout' in (result.message or '') %}
        {% set readers = run_query(sessions_using(result.node.relation_name)).columns[0].values() | join('; ') %}
        {% do log(
            result.node.name ~ ' waited ' ~ var('lock_timeout_seconds') ~ ' seconds to replace its table, which other'
            ~ ' sessions read (now: ' ~ (readers or 'none') ~ '); expected them to end their transactions. The old'
            ~ ' table is still there: end those sessions, or raise the var lock_timeout_seconds, then build again',
            info=true
        ) %}
    {% endfor %}

{% endmacro %}
