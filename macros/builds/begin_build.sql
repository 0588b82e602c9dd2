{#
    Take the lock and record that a build has begun. Another build, a load or a fit on
    the same warehouse stops this one, before it changes any table. The last hook of
    the start: if another one fails, no lock is left behind.
#}
{% macro begin_build() %}

    {% if not execute or not changes_tables() %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('operations')) %}
    {% set now = current_instant() %}

    {% do wait_for_pulse() %}
    {# Builds and scripts take the same turn, so that of two at once one sees the other. #}
    {% do run_query(one_after_the_other(turn_name('build'))) %}
    {% do stop_beside_scripts() %}
    {% do stop_beside_a_build() %}

    {% do run_query(
        "delete from " ~ schema ~ ".build_lock;
        insert into " ~ schema ~ ".build_lock (
            slot, build_id, owner, session_user_name, session_application, begun_at, last_seen_at
        ) select
            1, '" ~ invocation_id ~ "', " ~ session_owner() ~ ", " ~ session_identity() ~ ", " ~ now ~ ", " ~ now ~ ";
        insert into " ~ schema ~ ".builds (build_id, selection, n_marts, owner, begun_at)
        select build_id, " ~ dbt.string_literal(build_selection()) ~ ", " ~ selected_marts() ~ ", owner, begun_at
        from " ~ schema ~ ".build_lock; commit"
    ) %}
    {{ return('') }}

{% endmacro %}


{# Whether the running command changes tables: the others only read, and take no lock. #}
{% macro changes_tables() %}
    {{ return(flags.WHICH in ('build', 'run', 'seed', 'snapshot')) }}
{% endmacro %}


{# The name of a lock of the database; every target has its own. #}
{% macro turn_name(kind) %}
    {{ return('user_states ' ~ kind ~ ' in ' ~ prefixed_schema('operations')) }}
{% endmacro %}


{# What the command line selects, as people read it: `dbt build --select states+`. #}
{% macro build_selection() %}

    {% set words = ['dbt', flags.WHICH] %}
    {% for option in ('select', 'exclude', 'selector') if invocation_args_dict.get(option) %}
        {% set value = invocation_args_dict[option] %}
        {% do words.extend(['--' ~ option, value if value is string else value | join(' ')]) %}
    {% endfor %}
    {{ return(words | join(' ')) }}

{% endmacro %}


{#
    How many marts the command builds. A pulse adds messages, and leaves all marts of the
    build before it as they belong together: it counts none.
#}
{% macro selected_marts() %}

    {% if is_pulse() %}
        {{ return(0) }}
    {% endif %}

    {% set marts = [] %}
    {% for unique_id in selected_resources if unique_id.startswith('model.') %}
        {% if graph.nodes[unique_id].fqn[1] == 'marts' %}
            {% do marts.append(unique_id) %}
        {% endif %}
    {% endfor %}
    {{ return(marts | length) }}

{% endmacro %}
