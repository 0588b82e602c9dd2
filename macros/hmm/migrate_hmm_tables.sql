{#
    Bring the tables that the script writes to the newest schema version, and
    create them empty on a fresh warehouse: so no build ever misses a source, and
    Python never creates a table. Runs before every build; one small query when
    all is up to date.
#}
{% macro migrate_hmm_tables() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('hmm')) %}
    {% set migrations = hmm_migrations() %}

    {# dbt commits nothing that a macro runs in a hook, so each step says so. #}
    {% do run_query(
        'create schema if not exists ' ~ schema ~ ';'
        ~ 'create table if not exists ' ~ schema ~ '.schema_migrations ('
        ~ 'version integer primary key, applied_at timestamptz not null);'
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

    {% for statements in migrations[version:] %}
        {# Of two builds at once the second waits, and fails on the version's key. #}
        {% do run_query(
            'insert into ' ~ schema ~ '.schema_migrations (version, applied_at) values ('
            ~ (version + loop.index) ~ ', ' ~ dbt.current_timestamp() ~ ');'
            ~ statements | join(';') ~ '; commit'
        ) %}
    {% endfor %}

    {{ return('') }}

{% endmacro %}
