{#
    What int_open_weeks decides at the beginning of a build, as a mapping:

    first_open_week_start   as text; every week is open from start_of_time on
    reason                  why the build keeps closed weeks, or why it does not
    fingerprint             of all that the rows of closed weeks were computed with
    feature_sources         what int_feature_sources had then, or none
    fingerprint_of_states   of what the states of closed weeks were computed with, or none
    n_waiting_rides         rides of closed weeks that arrived since their weeks were
                            closed. They wait for a build that opens every week; none
                            with closed_weeks: rebuild
#}
{% macro opened_weeks() %}

    {% set opened = {
        'first_open_week_start': start_of_time(), 'reason': 'dbt only parses', 'fingerprint': '',
        'feature_sources': none, 'fingerprint_of_states': none, 'n_waiting_rides': none,
    } %}
    {% if not execute %}
        {{ return(opened) }}
    {% endif %}
    {% do opened.update({'fingerprint': fingerprint_of_weeks()}) %}
    {% set kept_weeks = intermediate_table('int_kept_weeks') %}

    {% if var('closed_weeks') == 'rebuild' %}
        {% do opened.update({'reason': 'closed_weeks is rebuild'}) %}
        {{ return(opened) }}
    {% endif %}

    {% do opened.update({'n_waiting_rides': 0}) %}
    {% if flags.FULL_REFRESH %}
        {% do opened.update({'reason': 'a full refresh was asked for'}) %}
    {% elif kept_weeks is none %}
        {% do opened.update({'reason': 'no build has kept weeks yet'}) %}
    {% else %}
        {% do opened.update(weeks_that_may_stay(kept_weeks, opened['fingerprint'])) %}
    {% endif %}
    {{ return(opened) }}

{% endmacro %}


{# What changes in `opened_weeks` where an earlier build left rows of closed weeks. #}
{% macro weeks_that_may_stay(kept_weeks, fingerprint) %}

    {% set text = dbt.type_string() %}
    {% set n_weeks = [var('late_ride_weeks'), 4] | max %}
    {% set rows = run_query(
        'select fingerprint, feature_sources, fingerprint_of_states, cast(as_of_week_start as ' ~ text ~ ') as as_of_week_start, cast('
        ~ add_days('as_of_week_start', -7 * n_weeks) ~ ' as ' ~ text ~ ') as first_open_week_start from ' ~ kept_weeks
    ).rows %}
    {% if not rows | length %}
        {{ return({'reason': 'the build before opened every week and did not finish'}) }}
    {% endif %}
    {% set kept = rows[0] %}
    {% if kept['first_open_week_start'] is none %}
        {{ return({'reason': 'the build before had no as-of week'}) }}
    {% elif var('as_of_date') and var('as_of_date') < kept['as_of_week_start'] %}
        {{ return({'reason': 'as_of_date is before the as-of week of the build before'}) }}
    {% elif kept['fingerprint'] != fingerprint %}
        {{ return({'reason': 'settings, models, seeds, columns or forgotten users changed'}) }}
    {% endif %}

    {% set n_closed, n_waiting = rides_of_closed_weeks(kept['first_open_week_start']) %}
    {% if n_waiting < 0 %}
        {{ return({'reason': -n_waiting ~ ' rides of closed weeks are no longer in the log'}) }}
    {% elif 100 * n_waiting > n_closed %}
        {{ return({'reason': 'more than one in a hundred rides of closed weeks arrived after their weeks were closed'}) }}
    {% endif %}
    {{ return({
        'first_open_week_start': kept['first_open_week_start'], 'reason': 'closed weeks are kept',
        'feature_sources': kept['feature_sources'], 'fingerprint_of_states': kept['fingerprint_of_states'],
        'n_waiting_rides': n_waiting,
    }) }}

{% endmacro %}


{#
    Post-hook of int_open_weeks: where every week is open, nothing may be kept until this
    build has finished. Its tables may have other settings than those that the next build
    would compare.
#}
{% macro forget_kept_weeks() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}
    {% set kept_weeks = intermediate_table('int_kept_weeks') %}
    {% if kept_weeks is none %}
        {{ return('') }}
    {% endif %}
    {{ return(
        'delete from ' ~ kept_weeks ~ ' where exists (select 1 from ' ~ this
        ~ " where first_open_week_start = '" ~ start_of_time() ~ "')"
    ) }}

{% endmacro %}


{#
    Post-hook of int_kept_states: records with what the states of closed weeks were computed.
    int_kept_weeks has null until then.
#}
{% macro keep_states() %}

    {% set kept_weeks = intermediate_table('int_kept_weeks') if execute %}
    {% if kept_weeks is none %}
        {{ return('') }}
    {% endif %}
    {{ return('update ' ~ kept_weeks ~ " set fingerprint_of_states = '" ~ fingerprint_of_states() ~ "'") }}

{% endmacro %}


{#
    How many rides the log has before the first open week, and how many of these no table
    has. Those of forgotten users are in no table either, so they do not count.
#}
{% macro rides_of_closed_weeks(first_open_week_start) %}

    {% set before = ' where requested_at < ' ~ first_moment_of_week(first_open_week_start) %}
    {% set forgotten_users = ref('stg_privacy__forgotten_users') %}
    {% set of_others = '' %}
    {% if run_query('select 1 from ' ~ forgotten_users ~ ' limit 1').rows %}
        {% set salted = '(select max(salt) from ' ~ forgotten_users ~ ') || user_id' %}
        {% set of_others = ' and (user_id is null or ' ~ one_way_hash(salted) ~ ' not in (select user_hash from '
            ~ forgotten_users ~ '))' %}
    {% endif %}
    {% set counts = [] %}
    {% for relation, condition in [
        (ref('stg_app__rides'), before ~ of_others),
        (intermediate_table('int_rides'), before),
        (intermediate_table('int_rejected_rides'), before ~ " and outcome = 'set aside'"),
    ] %}
        {% do counts.append(run_query('select count(*) from ' ~ relation ~ condition).rows[0][0]) %}
    {% endfor %}
    {{ return([counts[0], counts[0] - counts[1] - counts[2]]) }}

{% endmacro %}


{#
    A hash of what the rows of closed weeks depend on besides the rides: the settings, the
    models and seeds up to the panel, the columns of the log, whether it has rides only,
    and who was forgotten.
#}
{% macro fingerprint_of_weeks() %}

    {% set parts = [] %}
    {% for name in setting_rules() | sort if '.' not in name and name not in ('as_of_date', 'tested_weeks') %}
        {% do parts.append(name ~ '=' ~ tojson(var(name))) %}
    {% endfor %}
    {% for unique_id in nodes_before('model.user_states.int_kept_weeks') | sort %}
        {% do parts.append(graph.nodes[unique_id].checksum.checksum) %}
    {% endfor %}
    {% do parts.append(tojson(source_columns(var('rides_table')))) %}
    {% do parts.append(has_only_rides()) %}
    {% set forgotten_users = ref('stg_privacy__forgotten_users') %}
    {# It is missing if the project is only compiled, before the first build. #}
    {% if load_relation(forgotten_users) is not none %}
        {% do parts.append(run_query('select count(*) from ' ~ forgotten_users).rows[0][0]) %}
    {% endif %}
    {{ return(local_md5(parts | join('\n'))) }}

{% endmacro %}


{# A model or seed with all that it is made of, as ids of the graph. #}
{% macro nodes_before(unique_id) %}

    {% set found, waiting = [unique_id], [unique_id] %}
    {% for _ in range(1000) if waiting %}
        {% for parent in graph.nodes[waiting.pop()].depends_on.nodes if parent in graph.nodes and parent not in found %}
            {% do found.append(parent) %}
            {% do waiting.append(parent) %}
        {% endfor %}
    {% endfor %}
    {{ return(found) }}

{% endmacro %}
