{#
    Pre-hook of every model and seed: renew the build's lock, at most every 20 seconds,
    and limit how long the node waits for readers of the table that it replaces. A build
    whose lock was taken over stops here.
#}
{% macro renew_build_lock() %}

    {% if not execute or not changes_tables() %}
        {{ return('') }}
    {% endif %}

    {% set lock = adapter.quote(prefixed_schema('operations')) ~ '.build_lock' %}
    {% set rows = run_query(
        "select
            build_id = '" ~ invocation_id ~ "' as is_ours,
            last_seen_at < " ~ current_instant() ~ " - interval '20 seconds' as is_old,
            " ~ with_lock_timeout(var('lock_timeout_seconds')) ~ " as lock_timeout
        from " ~ lock
    ).rows %}

    {% if not rows | length or not rows[0].is_ours %}
        {{ exceptions.raise_compiler_error(
            "found the lock of this build, " ~ invocation_id ~ ", removed or taken over; expected to hold it."
            ~ " Another build may run: wait until it has ended, then build again."
        ) }}
    {% endif %}

    {# It commits, so that nobody waits for the row while the node runs. The transaction
       of the node must be begun here: psycopg2, which usually does it, takes the one that
       this statement has ended for open, and every later statement would commit. #}
    {% set renew = "update " ~ lock ~ " set last_seen_at = " ~ current_instant()
        ~ " where build_id = '" ~ invocation_id ~ "'; " %}
    {{ return((renew if rows[0].is_old else '') ~ 'commit; begin') }}

{% endmacro %}
