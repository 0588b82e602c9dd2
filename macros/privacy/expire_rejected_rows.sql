{#
    Blank the raw text of rows that a load rejected, when they are older than the var
    rejected_rows_days. File, line, column and reason stay, so the counts stay. A role that
    may not change the table leaves it, with a line.
#}
{% macro expire_rejected_rows() %}

    {% if not execute or flags.WHICH not in ('build', 'run', 'run-operation') or not var('rejected_rows_days') %}
        {{ return('') }}
    {% endif %}

    {# scripts/user_states/rides/contract.py names the table; it has no prefix. #}
    {% set relation = adapter.get_relation(target.database, 'ingest', 'rejected_rows') %}
    {% if relation is not none %}
        {% set rights = [] %}
        {% for privilege in ('select', 'update') %}
            {% do rights.append({
                'role': target.user, 'schema': 'ingest', 'table': 'rejected_rows', 'privilege': privilege
            }) %}
        {% endfor %}
        {% set missing = run_query(missing_grants(rights)).columns[0].values() %}
        {% if missing %}
            {{ log(
                'rejected rows keep their raw text: ' ~ target.user ~ ' may not change ingest.rejected_rows; its owner can '
                ~ 'run `' ~ missing | join('; ') ~ '`',
                info=true
            ) }}
            {{ return('') }}
        {% endif %}
        {% set expired =
            'raw_row is not null and loaded_at < '
            ~ dbt.dateadd('day', -var('rejected_rows_days'), dbt.current_timestamp())
        %}
        {% if run_query('select 1 as found from ' ~ relation ~ ' where ' ~ expired ~ ' limit 1') %}
            {% do run_and_commit(['update ' ~ relation ~ ' set raw_row = null, value = null where ' ~ expired]) %}
            {{ log('rows rejected over ' ~ var('rejected_rows_days') ~ ' days ago: raw text removed', info=true) }}
        {% endif %}
    {% endif %}
    {{ return('') }}

{% endmacro %}
