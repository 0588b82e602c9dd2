{#
    The champion's parameters, for SQL that contains them as numbers: a mapping with

    run_id, n_states, emissions
    log_start       logarithms of the start probabilities, one for each state
    log_transition  logarithms of the transition matrix: one list for each state that is
                    left
    features        for each feature: name, family, transform, mean, scale, evidence,
                    density, and `states`, the parameters of its density in each state

    Numbers are texts with all their digits. Without a champion, and if nothing is built
    yet (a fresh warehouse, `dbt parse`), it is a model with one state and an empty
    run_id.
#}
{% macro champion_model() %}

    {# Outside of any condition, so that dbt sees the dependencies of the caller. #}
    {% set champion, runs = ref('stg_hmm__champion'), ref('stg_hmm__runs') %}
    {% set starts, transitions = ref('stg_hmm__start_probabilities'), ref('stg_hmm__transition_matrix') %}
    {% set scaling, emissions = ref('stg_hmm__feature_scaling'), ref('stg_hmm__emissions') %}
    {% set model = {
        'run_id': '', 'n_states': 1, 'emissions': 'mixed',
        'log_start': ['0'], 'log_transition': [['0']], 'features': [],
    } %}

    {% if not execute %}
        {{ return(model) }}
    {% endif %}
    {% for relation in [champion, runs, starts, transitions, scaling, emissions] %}
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
    {% set of_run = " where run_id = '" ~ run['run_id'] ~ "' " %}

    {% set log_start = run_query(
        'select cast(' ~ log_of('probability') ~ ' as ' ~ dbt.type_string() ~ ') as number from ' ~ starts ~ of_run ~ 'order by state_id'
    ).columns['number'].values() %}
    {% set log_transition = run_query(
        'select cast(' ~ log_of('probability') ~ ' as ' ~ dbt.type_string() ~ ') as number from ' ~ transitions ~ of_run
        ~ 'order by from_state_id, to_state_id'
    ).columns['number'].values() %}
    {% do model.update({
        'run_id': run['run_id'], 'n_states': run['n_states'] | int, 'emissions': run['emissions'],
        'log_start': log_start | list,
        'log_transition': log_transition | batch(run['n_states'] | int) | list,
        'features': champion_features(scaling, emissions, of_run),
    }) %}
    {{ return(model) }}

{% endmacro %}
