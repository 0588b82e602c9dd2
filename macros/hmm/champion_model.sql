{#
    The champion's parameters, for SQL that contains them as numbers: a mapping with

    run_id, n_states, emissions
    log_start       logarithms of the start probabilities, one for each state
    transition      the transition matrix: one list for each state that is left
    log_transition  its logarithms
    features        for each feature: name, family, transform, mean, scale, evidence,
                    density, columns of the panel, and `states`, the parameters of its
                    density in each state
    levels          for each level of users: effect, log_effect, log_weight, and
                    log_totals, one for each state (see champion_levels)

    Numbers are texts with all their digits. Without a champion, and if nothing is built
    yet (a fresh warehouse, `dbt parse`), it is a model with one state and an empty
    run_id.
#}
{% macro champion_model() %}

    {# Outside of any condition, so that dbt sees the dependencies of the caller. #}
    {% set champion, runs = ref('stg_hmm__champion'), ref('stg_hmm__runs') %}
    {% set starts, transitions = ref('stg_hmm__start_probabilities'), ref('stg_hmm__transition_matrix') %}
    {% set scaling, emissions = ref('stg_hmm__feature_scaling'), ref('stg_hmm__emissions') %}
    {% set levels = ref('stg_hmm__levels') %}
    {% set model = {
        'run_id': '', 'n_states': 1, 'emissions': 'mixed',
        'log_start': ['0'], 'transition': [['1']], 'log_transition': [['0']], 'features': [],
        'levels': [{'effect': '1', 'log_effect': '0', 'log_weight': '0', 'log_totals': ['0']}],
    } %}

    {% if not execute %}
        {{ return(model) }}
    {% endif %}
    {% for relation in [champion, runs, starts, transitions, scaling, emissions, levels] %}
        {% if load_relation(relation) is none %}
            {{ return(model) }}
        {% endif %}
    {% endfor %}

    {% set found = run_query(
        'select runs.run_id, runs.n_states, runs.emissions from ' ~ champion ~ ' as champion
        inner join ' ~ runs ~ ' as runs on champion.run_id = runs.run_id'
    ).rows %}
    {% if not found %}
        {{ return(model) }}
    {% endif %}
    {% set run = found[0] %}
    {% set n_states, of_run = run['n_states'] | int, " where run_id = '" ~ run['run_id'] ~ "' " %}
    {% set text = dbt.type_string() %}

    {% set log_start = run_query(
        'select cast(' ~ log_of('probability') ~ ' as ' ~ text ~ ') as number from ' ~ starts ~ of_run ~ 'order by state_id'
    ).columns['number'].values() %}
    {% set moves = run_query(
        'select cast(probability as ' ~ text ~ ') as number, cast(' ~ log_of('probability') ~ ' as ' ~ text ~ ') as log_number from '
        ~ transitions ~ of_run ~ 'order by from_state_id, to_state_id'
    ).columns %}
    {% set features = champion_features(scaling, emissions, of_run) %}
    {% do model.update({
        'run_id': run['run_id'], 'n_states': n_states, 'emissions': run['emissions'],
        'log_start': log_start | list,
        'transition': moves['number'].values() | batch(n_states) | list,
        'log_transition': moves['log_number'].values() | batch(n_states) | list,
        'features': features,
        'levels': champion_levels(levels, features, n_states, of_run),
    }) %}
    {{ return(model) }}

{% endmacro %}
