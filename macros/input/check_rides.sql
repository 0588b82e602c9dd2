{#
    Stop a build before it changes any table if there are no rides.
#}
{% macro check_rides() %}

    {% if not execute or flags.WHICH not in ('build', 'run') or flags.EMPTY %}
        {{ return('') }}
    {% endif %}

    {% set name = var('app_schema') ~ '.' ~ var('rides_table') %}
    {% set rides = adapter.get_relation(target.database, var('app_schema'), var('rides_table')) %}
    {% if rides is none %}
        {{ exceptions.raise_compiler_error(
            "found no table " ~ name ~ " in the database " ~ target.database ~ "; expected one row per"
            ~ " ride request. Load rides with scripts/load_rides.py, or set the vars app_schema and"
            ~ " rides_table to where they are."
        ) }}
    {% endif %}

    {% if run_query('select 1 as found from ' ~ rides ~ ' limit 1').rows | length == 0 %}
        {{ exceptions.raise_compiler_error(
            "found the table " ~ name ~ " empty; expected one row per ride request. Load rides with"
            ~ " scripts/load_rides.py, or set the vars app_schema and rides_table to where they are."
        ) }}
    {% endif %}

    {{ return('') }}

{% endmacro %}
