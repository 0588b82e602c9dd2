{#
    Stop if another build holds the lock. A lock that was not renewed for ten minutes
    and whose owner has no session in the database is left over from a build that was
    killed: it is taken over, and a line says so.
#}
{% macro stop_beside_a_build() %}

    {% set holder = build_lock_holder() %}
    {% if holder is none %}
        {{ return('') }}
    {% endif %}

    {% set who = holder.owner ~ ', begun ' ~ holder.begun_at ~ ', last seen ' ~ holder.last_seen_at %}
    {% if holder.is_silent and not holder.is_connected %}
        {% do log('took over the lock of the build ' ~ holder.build_id ~ ' of ' ~ who
            ~ ': it has no session in the database any more', info=true) %}
        {{ return('') }}
    {% endif %}

    {{ exceptions.raise_compiler_error(
        "found another build, " ~ holder.build_id ~ " of " ~ who ~ "; expected one at a time. Nothing was"
        ~ " changed: wait until it has ended. If it was killed, `dbt run-operation release_build_lock` removes"
        ~ " its lock; the next build does so by itself ten minutes after the build was last seen."
    ) }}

{% endmacro %}


{#
    Remove the lock of a build that was killed. For people: without `force` it refuses
    while the owner has a session in the database.
#}
{% macro release_build_lock(force=false) %}

    {% set holder = build_lock_holder() %}
    {% if holder is none %}
        {% do log('found no lock of a build; nothing was changed', info=true) %}
        {{ return('') }}
    {% endif %}
    {% if holder.is_connected and not force %}
        {{ exceptions.raise_compiler_error(
            "found sessions of dbt in the database, so the build " ~ holder.build_id ~ " of " ~ holder.owner
            ~ " may still run; expected none. Stop that build first, or add `--args '{force: true}'` if the sessions"
            ~ " are others. Nothing was changed."
        ) }}
    {% endif %}
    {% do run_query(
        "delete from " ~ adapter.quote(prefixed_schema('operations')) ~ ".build_lock
        where build_id = '" ~ holder.build_id ~ "'; commit"
    ) %}
    {% do log('removed the lock of the build ' ~ holder.build_id ~ ' of ' ~ holder.owner, info=true) %}

{% endmacro %}


{#
    Who holds the lock, or none: build_id, owner, begun_at and last_seen_at as texts;
    whether it was not renewed for ten minutes, and whether the owner has a session.
#}
{% macro build_lock_holder() %}

    {% set rows = run_query(
        "select
            lock.build_id,
            lock.owner,
            " ~ instant_as_text('lock.begun_at') ~ " as begun_at,
            " ~ instant_as_text('lock.last_seen_at') ~ " as last_seen_at,
            lock.last_seen_at < " ~ current_instant() ~ " - interval '10 minutes' as is_silent,
            " ~ has_other_session('lock.session_user_name', 'lock.session_application') ~ " as is_connected
        from " ~ adapter.quote(prefixed_schema('operations')) ~ ".build_lock as lock"
    ).rows %}
    {{ return(rows[0] if rows | length else none) }}

{% endmacro %}


{#
    Stop if a script loads rides, fits, or changes the champion. Otherwise none of them
    can begin before the build's own lock is committed.
#}
{% macro stop_beside_scripts() %}

    {% for kind, what in [('load', 'a load of rides'), ('fit', 'a fit or change of champion')] %}
        {% if not run_query(turn_if_free(turn_name(kind))).columns[0].values()[0] %}
            {% set rows = run_query(session_holding(turn_name(kind))).rows %}
            {% set who = ' of ' ~ rows[0].owner ~ ', begun ' ~ rows[0].begun_at if rows | length else '' %}
            {{ exceptions.raise_compiler_error(
                "found " ~ what ~ who ~ "; expected none while tables are built. Nothing was changed: wait until it has ended."
            ) }}
        {% endif %}
    {% endfor %}

{% endmacro %}
