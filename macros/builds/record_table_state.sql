{#
    Post-hook of every table: record which build made it, from which as-of week and from
    which champion, in the transaction that swaps the table in. So a reader's snapshot
    and these rows always agree.

    Both are inherited from the tables that a model reads, as the first and the last of
    them: a mart that was rebuilt from older tables keeps their week. Between first and
    last lies a mixture.
#}
{% macro record_table_state() %}

    {% if not execute or not changes_tables() or model.config.materialized == 'view' %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('operations')) %}
    {% set sources_of_state = [] %}
    {% set parents = [] %}
    {# Marts wait for this one, but do not read it. #}
    {% for unique_id in model.get('depends_on', {}).get('nodes', []) if not unique_id.endswith('.int_inputs_of_marts') %}
        {% set name = unique_id.split('.')[2] %}
        {% do parents.append("'" ~ name ~ "'") %}
        {% if name == 'stg_hmm__champion' %}
            {% do sources_of_state.append(
                'select null, null, run_id, run_id from ' ~ adapter.quote(prefixed_schema('register'))
                ~ ".champions where model = 'user_states'"
            ) %}
        {% endif %}
    {% endfor %}
    {% if model.name == 'int_as_of_week' %}
        {% do sources_of_state.append('select as_of_week_start, as_of_week_start, null, null from ' ~ this) %}
    {% elif parents %}
        {% do sources_of_state.append(
            'select first_as_of_week_start, last_as_of_week_start, first_run_id, last_run_id from '
            ~ schema ~ '.table_states where table_name in (' ~ parents | join(', ') ~ ')'
        ) %}
    {% endif %}
    {% do sources_of_state.append(
        'select cast(null as date), cast(null as date), cast(null as ' ~ dbt.type_string()
        ~ '), cast(null as ' ~ dbt.type_string() ~ ')'
    ) %}

    {{ return(
        "delete from " ~ schema ~ ".table_states where table_name = '" ~ model.name ~ "';
        insert into " ~ schema ~ ".table_states (
            table_name, is_mart, build_id, built_at,
            first_as_of_week_start, last_as_of_week_start, first_run_id, last_run_id
        )
        select
            '" ~ model.name ~ "', " ~ (model.fqn[1] == 'marts') ~ ", '" ~ invocation_id ~ "', " ~ current_instant() ~ ",
            min(first_week), max(last_week), min(first_run), max(last_run)
        from (" ~ sources_of_state | reverse | join(' union all ') ~ ")
            as inherited (first_week, last_week, first_run, last_run)"
    ) }}

{% endmacro %}
