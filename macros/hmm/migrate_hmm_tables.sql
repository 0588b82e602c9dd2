{#
    Upgrade the tables that fits write, in the schemas `hmm` and `register`, to the newest
    version. On a fresh warehouse this creates them empty, so every build finds its sources
    and Python never creates a table. It runs before every build; if there is nothing to
    do, it is one small query.
#}
{% macro migrate_hmm_tables() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('hmm')) %}
    {% set migrations = hmm_migrations() %}

    {# dbt does not commit what a macro runs in a hook, so each step ends with a commit. #}
    {% do run_query(
        'create schema if not exists ' ~ schema ~ ';'
        ~ 'create table if not exists ' ~ schema ~ '.schema_migrations ('
        ~ 'version integer primary key, applied_at ' ~ type_instant() ~ ' not null);'
        ~ 'commit'
    ) %}
    {% set version = run_query(
        'select coalesce(max(version), 0) as version from ' ~ schema ~ '.schema_migrations'
    ).columns[0].values()[0] | int %}

    {% if version > migrations | length %}
        {{ exceptions.raise_compiler_error(
            "found the schema " ~ schema ~ " at version " ~ version ~ "; expected at most "
            ~ migrations | length ~ ", the newest that this copy of the project knows. Update the project."
        ) }}
    {% endif %}

    {# Without this, the first table to move would be refused in words that help nobody. #}
    {% if version == 0 and run_query(table_columns(prefixed_schema('register'), 'runs')).rows %}
        {{ exceptions.raise_compiler_error(
            "found the schema " ~ prefixed_schema('register') ~ " with runs, but no schema "
            ~ prefixed_schema('hmm') ~ " that says its version; expected both or none. Restore "
            ~ prefixed_schema('hmm') ~ " from a backup, or drop " ~ prefixed_schema('register')
            ~ " as well, which deletes the runs of every model."
        ) }}
    {% endif %}

    {% for statements in migrations[version:] %}
        {# If two builds run at the same time, the second waits and then fails on the version's key. #}
        {% do run_query(
            'insert into ' ~ schema ~ '.schema_migrations (version, applied_at) values ('
            ~ (version + loop.index) ~ ', ' ~ dbt.current_timestamp() ~ ');'
            ~ statements | join(';') ~ '; commit'
        ) %}
    {% endfor %}

    {{ return('') }}

{% endmacro %}
