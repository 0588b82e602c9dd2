{#
    The published models of all targets, for SQL that contains them as numbers: a list with
    one mapping for each champion, with

    target, run_id, population, horizon_weeks
    model_kind   linear or trees
    link         logit: the score is turned into a probability; none: it is one
    calibration_kind
    features     for each feature: name, number, column (its name in `snapshot_numbers`),
                 and transform, fill and mean of linear models
    classes      for each class with a score: number, name, is_forecast, base, coefficients by
                 the name of the feature, and calibration, a list of mappings of slope and
                 intercept or of begins and rate
    trees        for each tree: its nodes by number, with `values` by the number of the class

    Numbers are texts with all their digits. Without a champion, and if nothing is built
    yet (a fresh warehouse, `dbt parse`), the list is empty.

    with_trees: whether to read the nodes of trees.
#}
{% macro propensity_champions(with_trees=true) %}

    {# Outside of any condition, so that dbt sees the dependencies of the caller. #}
    {% set relations = {
        'champions': ref('stg_propensity__champions'), 'fits': ref('stg_propensity__fits'),
        'classes': ref('stg_propensity__classes'), 'features': ref('stg_propensity__features'),
        'coefficients': ref('stg_propensity__coefficients'), 'calibration': ref('stg_propensity__calibration'),
        'nodes': ref('stg_propensity__tree_nodes'), 'leaves': ref('stg_propensity__leaf_values'),
    } %}
    {% if not execute %}
        {{ return([]) }}
    {% endif %}
    {% for relation in relations.values() %}
        {% if load_relation(relation) is none %}
            {{ return([]) }}
        {% endif %}
    {% endfor %}

    {% set text = dbt.type_string() %}
    {% set by_run = {} %}
    {% for row in run_query(
        'select champions.target, fits.run_id, fits.population, fits.horizon_weeks, fits.model_kind, fits.link,
            fits.calibration_kind
        from ' ~ relations['champions'] ~ ' as champions
        inner join ' ~ relations['fits'] ~ ' as fits on champions.run_id = fits.run_id
        where fits.model_kind is not null
        order by champions.target'
    ).rows %}
        {% do by_run.update({row['run_id']: {
            'target': row['target'], 'run_id': row['run_id'], 'population': row['population'],
            'horizon_weeks': row['horizon_weeks'] | int, 'model_kind': row['model_kind'], 'link': row['link'],
            'calibration_kind': row['calibration_kind'], 'features': [], 'classes': [], 'trees': [],
        }}) %}
    {% endfor %}
    {% if not by_run %}
        {{ return([]) }}
    {% endif %}
    {% set of_runs = " where run_id in ('" ~ by_run | join("', '") ~ "') " %}

    {% for row in run_query(
        'select run_id, feature, feature_number, transform, cast(fill as ' ~ text ~ ') as fill,
            cast(mean as ' ~ text ~ ') as mean
        from ' ~ relations['features'] ~ of_runs ~ 'order by run_id, feature_number'
    ).rows %}
        {% do by_run[row['run_id']]['features'].append({
            'name': row['feature'], 'number': row['feature_number'] | int,
            'column': propensity_column(row['feature'], by_run[row['run_id']]['target']),
            'transform': row['transform'], 'fill': row['fill'], 'mean': row['mean'],
        }) %}
    {% endfor %}

    {% set classes = {} %}
    {% for row in run_query(
        'select run_id, class_number, class_name, is_forecast, cast(score_base as ' ~ text ~ ') as base
        from ' ~ relations['classes'] ~ of_runs ~ 'and score_base is not null order by run_id, class_number'
    ).rows %}
        {% set one = {
            'number': row['class_number'] | int, 'name': row['class_name'], 'is_forecast': row['is_forecast'],
            'base': row['base'],
            'coefficients': {}, 'calibration': [],
        } %}
        {% do by_run[row['run_id']]['classes'].append(one) %}
        {% do classes.update({row['run_id'] ~ '/' ~ one['number']: one}) %}
    {% endfor %}
    {% for row in run_query(
        'select run_id, class_number, feature, cast(coefficient as ' ~ text ~ ') as coefficient
        from ' ~ relations['coefficients'] ~ of_runs
    ).rows %}
        {% do classes[row['run_id'] ~ '/' ~ row['class_number'] | int]['coefficients'].update(
            {row['feature']: row['coefficient']}
        ) %}
    {% endfor %}
    {% for row in run_query(
        'select run_id, class_number, cast(slope as ' ~ text ~ ') as slope, cast(intercept as ' ~ text ~ ') as intercept,
            cast(begins * (1 - ' ~ as_double(propensity_step_tolerance()) ~ ') as ' ~ text ~ ') as begins,
            cast(rate as ' ~ text ~ ') as rate
        from ' ~ relations['calibration'] ~ of_runs ~ 'order by run_id, class_number, step_number'
    ).rows %}
        {% do classes[row['run_id'] ~ '/' ~ row['class_number'] | int]['calibration'].append(row.dict()) %}
    {% endfor %}
    {% if with_trees %}
        {% do add_propensity_trees(by_run, relations['nodes'], relations['leaves'], of_runs) %}
    {% endif %}
    {{ return(by_run.values() | list) }}

{% endmacro %}


{# Adds the trees of `propensity_champions` to the mappings, which are by run. #}
{% macro add_propensity_trees(by_run, nodes, leaves, of_runs) %}

    {% set text = dbt.type_string() %}
    {% set found = {} %}
    {% set columns = {} %}
    {% for run_id, champion in by_run.items() %}
        {% for feature in champion['features'] %}
            {% do columns.update({run_id ~ '/' ~ feature['name']: feature['column']}) %}
        {% endfor %}
    {% endfor %}
    {% for row in run_query(
        'select run_id, tree_number, node_number, feature, cast(threshold as ' ~ text ~ ') as threshold,
            missing_left, left_node, right_node
        from ' ~ nodes ~ of_runs ~ 'order by run_id, tree_number, node_number'
    ).rows %}
        {% set run_id, tree, number = row['run_id'], row['tree_number'] | int, row['node_number'] | int %}
        {% if tree ~ '/' ~ run_id not in found %}
            {% do found.update({tree ~ '/' ~ run_id: {}}) %}
            {% do by_run[run_id]['trees'].append(found[tree ~ '/' ~ run_id]) %}
        {% endif %}
        {% set is_leaf = row['feature'] is none %}
        {% do found[tree ~ '/' ~ run_id].update({number: {
            'column': none if is_leaf else columns[run_id ~ '/' ~ row['feature']],
            'threshold': row['threshold'], 'missing_left': row['missing_left'],
            'left': none if is_leaf else row['left_node'] | int,
            'right': none if is_leaf else row['right_node'] | int, 'values': {},
        }}) %}
    {% endfor %}
    {% for row in run_query(
        'select run_id, tree_number, node_number, class_number, cast(value as ' ~ text ~ ') as value
        from ' ~ leaves ~ of_runs
    ).rows %}
        {% do found[(row['tree_number'] | int) ~ '/' ~ row['run_id']][row['node_number'] | int]['values'].update(
            {row['class_number'] | int: row['value']}
        ) %}
    {% endfor %}

{% endmacro %}


{#
    The name that a feature of a propensity has in `snapshot_numbers`: its own, or for
    `state_` and a state's key a name that no key can make too long. Stops at a feature that
    the snapshots no longer have.
#}
{% macro propensity_column(feature, target) %}

    {% if feature.startswith('state_') %}
        {{ return('belief_' ~ local_md5(feature)[:12]) }}
    {% elif feature not in predictor_features() %}
        {{ exceptions.raise_compiler_error(
            "found the feature " ~ feature ~ " in the champion of the propensity " ~ target ~ "; expected one"
            ~ " of those with is_predictor in the seed customer_features: " ~ predictor_features() | join(', ')
            ~ ". Run `make propensity`, which fits again, or set is_predictor back"
        ) }}
    {% endif %}
    {{ return(feature) }}

{% endmacro %}


{#
    By how much, relative to it, a probability may be below the beginning of a step of an
    isotonic calibration and still count as reaching it, because sums in another order differ
    in the last digit. calibration.py has the same.
#}
{% macro propensity_step_tolerance() %}
    {{ return('1e-12') }}
{% endmacro %}
