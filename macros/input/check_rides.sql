{#
    Stop a build before it changes any table if there are no rides. Say so if they have
    no status or no price: such a log is allowed, but a column may only be misnamed.
#}
{% macro check_rides() %}

    {% if not execute or flags.WHICH not in ('build', 'run') or flags.EMPTY %}
        {{ return('') }}
    {% endif %}

    {% set name = var('app_schema') ~ '.' ~ var('rides_table') %}
    {% set columns = run_query(table_columns(var('app_schema'), var('rides_table'))).rows %}
    {% if not columns %}
        {{ exceptions.raise_compiler_error(
            "found no table " ~ name ~ " in the database " ~ target.database ~ "; expected one row per"
            ~ " ride request. Load rides with scripts/load_rides.py, or set the vars app_schema and"
            ~ " rides_table to where they are."
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

    {% set rides = api.Relation.create(target.database, var('app_schema'), var('rides_table')) %}
    {% if run_query('select 1 as found from ' ~ rides ~ ' limit 1').rows | length == 0 %}
        {{ exceptions.raise_compiler_error(
            "found the table " ~ name ~ " empty; expected one row per ride request. Load rides with"
            ~ " scripts/load_rides.py, or set the vars app_schema and rides_table to where they are."
        ) }}
    {% endif %}

    {{ return('') }}

{% endmacro %}
