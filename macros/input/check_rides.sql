{#
    Stop a build before it changes any table if there are neither rides nor events, or if
    a model was fitted on rides that are gone. Say so if there are no rides, or if they
    have no status or no price: such a log is allowed, but a table or a column may only be
    misnamed.
#}
{% macro check_rides() %}

    {% if not execute or flags.WHICH not in ('build', 'run') or flags.EMPTY %}
        {{ return('') }}
    {% endif %}

    {% set name = var('app_schema') ~ '.' ~ var('rides_table') %}
    {% set columns = run_query(table_columns(var('app_schema'), var('rides_table'))).rows %}
    {% set has_rides = columns and has_rows(var('rides_table')) %}

    {% if not has_rides %}
        {% set found = 'the table ' ~ name ~ ' empty' if columns
            else 'no table ' ~ name ~ ' in the database ' ~ target.database %}
        {% set name_of_events = var('app_schema') ~ '.' ~ var('events_table') %}
        {% if run_query(table_columns(var('app_schema'), var('events_table'))).rows and has_rows(var('events_table')) %}
            {% do stop_without_earlier_rides(found) %}
            {% do log(
                'no rides: found ' ~ found ~ '. Tables about rides and states stay empty; those about customers are'
                ~ ' made of ' ~ name_of_events ~ '.', info=true
            ) %}
            {{ return('') }}
        {% endif %}
        {{ exceptions.raise_compiler_error(
            "found " ~ found ~ ", and no events in " ~ name_of_events ~ "; expected one row per ride request, or one row"
            ~ " per event. Load rides with scripts/load_rides.py or events with scripts/load_events.py, or set the vars"
            ~ " app_schema and rides_table (or events_table) to where they are."
        ) }}
    {% endif %}

    {% set names = columns | map(attribute='column_name') | list %}
    {% for column, consequence in {
        'status': 'every ride counts as completed', 'price': 'no ride has a price',
    }.items() if column not in names %}
        {% do log(
            'found no column ' ~ column ~ ' in ' ~ name ~ ', so ' ~ consequence
            ~ '. If yours has another name, map it in models/staging/app/stg_app__rides.sql.', info=true
        ) %}
    {% endfor %}

    {{ return('') }}

{% endmacro %}


{# Whether a table of the app schema, which exists, has a row. #}
{% macro has_rows(table) %}
    {% set relation = api.Relation.create(target.database, var('app_schema'), table) %}
    {{ return(run_query('select 1 as found from ' ~ relation ~ ' limit 1').rows | length > 0) }}
{% endmacro %}


{#
    Stop if there are no rides where states were found in rides before: an empty table or
    a wrong name would empty all tables of states.
#}
{% macro stop_without_earlier_rides(found) %}
    {% set schema = prefixed_schema('register') %}
    {% if run_query(table_columns(schema, 'champions')).rows
        and run_query(
            'select 1 as found from ' ~ adapter.quote(schema) ~ ".champions where model = 'user_states'"
        ).rows %}
        {{ exceptions.raise_compiler_error(
            "found " ~ found ~ ", but a model that was fitted on rides; expected these rides, because every table of"
            ~ " states would become empty. Load them again, or set the vars app_schema and rides_table to where they"
            ~ " are. For events without rides use another database or target."
        ) }}
    {% endif %}
{% endmacro %}
