{#
    The tables that fits of propensities write: the certificate of each run, the parameters
    by which SQL scores customers, and reasons. Their run is in the schema `register`, and
    they are deleted with it. `refusals` says of targets why their newest try could not be
    fitted, which makes no run. No build drops, empties or alters these tables. The first
    build creates them.
#}
{% macro create_propensity_tables() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('propensity')) %}
    {% set register = adapter.quote(prefixed_schema('register')) %}
    {% set text, number = dbt.type_string(), type_double() %}
    {% set moment = type_instant() %}
    {% set of_run = 'run_id ' ~ text ~ ' not null references ' ~ register
        ~ '.runs (run_id) on delete cascade' %}
    {% set columns_of_tables = {
        'fits': [
            'target ' ~ text ~ ' not null',
            'outcome ' ~ text ~ ' not null',
            'horizon_weeks integer not null check (horizon_weeks >= 0)',
            'population ' ~ text ~ ' not null',
            'chosen ' ~ text ~ ' not null',
            'model_kind ' ~ text ~ " check (model_kind in ('linear', 'trees'))",
            'link ' ~ text ~ " check (link in ('logit', 'none'))",
            'calibration_kind ' ~ text,
            'has_belief boolean not null',
            'is_published boolean not null',
            'is_forced boolean not null',
            'n_customers bigint not null',
            'n_rows bigint not null',
            'n_positives bigint',
            'first_week_start date not null',
            'as_of_week_start date not null',
            'sentence ' ~ text ~ ' not null',
            'primary key (run_id)',
        ],
        'classes': [
            'class_number integer not null check (class_number > 0)',
            'class_name ' ~ text ~ ' not null',
            'base_rate ' ~ number ~ ' not null',
            'score_base ' ~ number,
            'is_forecast boolean not null',
            'primary key (run_id, class_number)',
        ],
        'features': [
            'feature ' ~ text ~ ' not null',
            'feature_number integer not null',
            'transform ' ~ text ~ " not null check (transform in ('log1p', 'none'))",
            'fill ' ~ number,
            'mean ' ~ number,
            'typical_value ' ~ number,
            'importance ' ~ number,
            'primary key (run_id, feature)',
        ],
        'coefficients': [
            'class_number integer not null',
            'feature ' ~ text ~ ' not null',
            'coefficient ' ~ number ~ ' not null',
            'primary key (run_id, class_number, feature)',
        ],
        'tree_nodes': [
            'tree_number integer not null',
            'node_number integer not null',
            'feature ' ~ text,
            'threshold ' ~ number,
            'missing_left boolean',
            'left_node integer',
            'right_node integer',
            'weight ' ~ number ~ ' not null',
            'primary key (run_id, tree_number, node_number)',
        ],
        'leaf_values': [
            'tree_number integer not null',
            'node_number integer not null',
            'class_number integer not null',
            'value ' ~ number ~ ' not null',
            'primary key (run_id, tree_number, node_number, class_number)',
        ],
        'calibration': [
            'class_number integer not null',
            'step_number integer not null',
            'slope ' ~ number,
            'intercept ' ~ number,
            'begins ' ~ number,
            'rate ' ~ number,
            'primary key (run_id, class_number, step_number)',
        ],
        'candidates': [
            'candidate ' ~ text ~ ' not null',
            'label ' ~ text ~ ' not null',
            'is_rival boolean not null',
            'has_belief boolean not null',
            'is_chosen boolean not null',
            'n_customers bigint not null',
            'n_rows bigint not null',
            'log_loss ' ~ number ~ ' not null',
            'auc ' ~ number,
            'brier ' ~ number ~ ' not null',
            'calibration_error ' ~ number ~ ' not null',
            'chosen_gain ' ~ number,
            'chosen_gain_low ' ~ number,
            'chosen_gain_high ' ~ number,
            'primary key (run_id, candidate)',
        ],
        'leaks': [
            'feature ' ~ text ~ ' not null',
            'alone ' ~ number ~ ' not null',
            'lost ' ~ number ~ ' not null',
            'sentence ' ~ text ~ ' not null',
            'primary key (run_id, feature)',
        ],
        'judged_weeks': [
            'class_number integer not null',
            'as_of_week_start date not null',
            'n_customers bigint not null',
            'mean_forecast ' ~ number ~ ' not null',
            'observed_rate ' ~ number ~ ' not null',
            'calibration_error ' ~ number ~ ' not null',
            'primary key (run_id, class_number, as_of_week_start)',
        ],
        'judged_tenths': [
            'class_number integer not null',
            'tenth integer not null check (tenth between 1 and 10)',
            'lowest ' ~ number ~ ' not null',
            'highest ' ~ number ~ ' not null',
            'n_rows bigint not null',
            'mean_forecast ' ~ number ~ ' not null',
            'observed_rate ' ~ number ~ ' not null',
            'primary key (run_id, class_number, tenth)',
        ],
        'points': [
            'class_number integer not null',
            'feature ' ~ text ~ ' not null',
            'point_number integer not null',
            'value ' ~ number,
            'contribution ' ~ number ~ ' not null',
            'primary key (run_id, class_number, feature, point_number)',
        ],
        'reasons': [
            'as_of_week_start date not null',
            'customer_id ' ~ text ~ ' not null',
            'class_number integer not null',
            'feature ' ~ text ~ ' not null',
            'contribution ' ~ number ~ ' not null',
            'primary key (run_id, customer_id, class_number, feature)',
        ],
        'second_opinions': [
            'method ' ~ text ~ ' not null',
            'n_customers bigint',
            'top_three_agreement ' ~ number,
            'rank_correlation ' ~ number,
            'note ' ~ text,
            'compared_at ' ~ moment ~ ' not null',
            'primary key (run_id, method)',
        ],
    } %}
    {% set statements = [
        'create schema if not exists ' ~ schema,
        'create table if not exists ' ~ schema ~ '.refusals (
            target ' ~ text ~ ' primary key,
            reason ' ~ text ~ ' not null,
            refused_at ' ~ moment ~ ' not null
        )',
    ] %}
    {% for table, columns in columns_of_tables.items() %}
        {% do statements.append(
            'create table if not exists ' ~ schema ~ '.' ~ table
            ~ ' (' ~ ([of_run] + columns) | join(', ') ~ ')'
        ) %}
    {% endfor %}
    {% do run_and_commit(statements) %}
    {{ return('') }}

{% endmacro %}
