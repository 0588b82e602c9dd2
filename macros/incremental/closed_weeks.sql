{#
    Weeks are closed that no new ride can change any more: those more than late_ride_weeks
    (but at least four) before the as-of week of the build before. With
    `closed_weeks: keep` a build keeps the rows of closed weeks as they are, and only
    computes those of the open weeks, which come after.

    int_open_weeks decides once in a build which weeks are open; the models ask it by
    `first_open_week`. int_kept_weeks records at the end what the next build may keep.
#}


{# Earlier than any week: where everything is open. #}
{% macro start_of_time() %}
    {{ return('0001-01-01') }}
{% endmacro %}


{#
    The first open week of this build, as text; start_of_time if every week is open, as
    before the first build and in unit tests. It finds int_open_weeks by name: a `ref` would
    have to be given to every unit test. int_screened_rides waits for it.

    of_features: for models that also depend on which optional facts the log has. If these
    changed, all of their weeks are open.
    of_states: for models that also depend on the champion and the names of its states.
    of_events: for models of events, with of_states, because int_kept_states is built after
    them. If there are others than rides, or customers and links that may join users, all
    of their weeks are open.
#}
{% macro first_open_week(of_features=false, of_states=false, of_events=false) %}

    {% if not execute or model.resource_type == 'unit_test' or var('closed_weeks') == 'rebuild' %}
        {{ return(start_of_time()) }}
    {% endif %}
    {% set open_weeks = intermediate_table('int_open_weeks') %}
    {% if open_weeks is none %}
        {{ return(start_of_time()) }}
    {% endif %}
    {% set found = run_query(
        'select cast(first_open_week_start as ' ~ dbt.type_string() ~ ') as week_start, feature_sources, fingerprint_of_states'
        ~ ' from ' ~ open_weeks
    ).rows[0] %}
    {% if of_features and found['feature_sources'] != sources_of_features() %}
        {{ return(start_of_time()) }}
    {% elif of_states and found['fingerprint_of_states'] != fingerprint_of_states() %}
        {{ return(start_of_time()) }}
    {% elif of_events and not has_only_rides() %}
        {{ return(start_of_time()) }}
    {% endif %}
    {{ return(found['week_start']) }}

{% endmacro %}


{# A table of the intermediate models; none if it does not exist. #}
{% macro intermediate_table(name) %}
    {{ return(adapter.get_relation(target.database, prefixed_schema('intermediate'), name)) }}
{% endmacro %}


{# Which optional facts the log has, as one text; none before they are known. #}
{% macro sources_of_features() %}

    {% set feature_sources = intermediate_table('int_feature_sources') %}
    {% if feature_sources is none %}
        {{ return(none) }}
    {% endif %}
    {{ return(run_query('select * from ' ~ feature_sources).rows[0].values() | join(' ')) }}

{% endmacro %}


{# Whether the log has rides only: no other events, no customers and no links. #}
{% macro has_only_rides() %}

    {% for table in (var('events_table'), var('customers_table'), var('identities_table')) %}
        {% if run_query(table_columns(var('app_schema'), table)).rows and has_rows(table) %}
            {{ return(false) }}
        {% endif %}
    {% endfor %}
    {{ return(true) }}

{% endmacro %}


{#
    A hash of what the states of closed weeks depend on besides the panel: the champion, the
    names of its states, and the models that keep them.
#}
{% macro fingerprint_of_states() %}

    {% set states = intermediate_table('int_champion_states') %}
    {% if states is none %}
        {{ return(none) }}
    {% endif %}
    {% set parts = [] %}
    {% for row in run_query('select * from ' ~ states ~ ' order by state_id').rows %}
        {% do parts.append(row.values() | join(' ')) %}
    {% endfor %}
    {% for unique_id in nodes_before('model.user_states.int_kept_states') | sort %}
        {% do parts.append(graph.nodes[unique_id].checksum.checksum) %}
    {% endfor %}
    {{ return(local_md5(parts | join('\n'))) }}

{% endmacro %}


{# Whether a week is open, and whether it is closed, as conditions of a query. #}
{% macro is_open_week(week_start, of_features=false, of_states=false, of_events=false) -%}
    {%- set first_week = first_open_week(of_features, of_states, of_events) -%}
    {{ 'true' if first_week == start_of_time() else week_start ~ " >= '" ~ first_week ~ "'" }}
{%- endmacro %}

{% macro is_closed_week(week_start, of_features=false, of_states=false, of_events=false) -%}
    {%- set first_week = first_open_week(of_features, of_states, of_events) -%}
    {{ 'false' if first_week == start_of_time() else week_start ~ " < '" ~ first_week ~ "'" }}
{%- endmacro %}


{#
    Whether a month is open, as a condition: it has a day in an open week. Its last week
    says so in a table with a row per month.
#}
{% macro is_open_month(month, of_features=false, of_states=false) -%}
    {%- set first_week = first_open_week(of_features, of_states) -%}
    {{ 'true' if first_week == start_of_time()
        else month ~ ' >= ' ~ month_start("cast('" ~ first_week ~ "' as date)") }}
{%- endmacro %}

{% macro last_week_of_month(month) -%}
    {{ week_start(add_days(month_start(add_days(month, 31)), -1)) }}
{%- endmacro %}

{#
    Whether a build reads a ride of the log, as a condition: rides of open weeks, and those
    without a time.
#}
{% macro is_read_again(requested_at) -%}
    {%- set first_week = first_open_week() -%}
    {%- if first_week == start_of_time() -%}
        true
    {%- else -%}
        ({{ requested_at }} is null or {{ requested_at }} >= {{ first_moment_of_week(first_week) }})
    {%- endif -%}
{%- endmacro %}


{#
    Whether a row of a table that keeps closed weeks is of an open one, as a condition, by the
    model's meta (macros/builds/kept_weeks_materialization.sql).
#}
{% macro is_open_row(meta) -%}
    {%- if meta['open_rows'].endswith('week_start') -%}
        {{ is_open_week(meta['open_rows'], **weeks_depend_on(meta)) }}
    {%- else -%}
        {{ is_read_again(meta['open_rows']) }}
    {%- endif -%}
{%- endmacro %}


{# What the open weeks of a model depend on, by its meta, as arguments of first_open_week. #}
{% macro weeks_depend_on(meta) %}
    {% set arguments = {} %}
    {% for name in ('of_features', 'of_states', 'of_events') %}
        {% do arguments.update({name: meta.get(name, false)}) %}
    {% endfor %}
    {{ return(arguments) }}
{% endmacro %}


{# Whether a model keeps rows of its own from the build before. #}
{% macro keeps_closed_weeks(of_features=false, of_states=false) %}
    {{ return(
        first_open_week(of_features, of_states) != start_of_time()
        and not should_full_refresh()
        and load_relation(this) is not none
    ) }}
{% endmacro %}


{#
    The earliest moment at which a ride of a week can be requested: its Monday begins up to
    14 hours earlier than in UTC.
#}
{% macro first_moment_of_week(week_start) -%}
    cast('{{ week_start }} 00:00+00' as {{ type_instant() }}) - interval '14 hours'
{%- endmacro %}


{#
    For tables with one row per user about all closed weeks, which grow by the weeks that
    were closed since the build before: the first week that the table's own rows lack, as
    text. None if it has to begin anew.
#}
{% macro closed_so_far(first_week) %}

    {% if not execute or first_week == start_of_time() or should_full_refresh() or load_relation(this) is none %}
        {{ return(none) }}
    {% endif %}
    {% set closed_before = run_query(
        'select cast(max(closed_before) as ' ~ dbt.type_string() ~ ') from ' ~ this
    ).rows[0][0] %}
    {{ return(closed_before if closed_before and closed_before <= first_week else none) }}

{% endmacro %}
