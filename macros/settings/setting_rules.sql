{#
    Type and range of every var of dbt_project.yml. dbt itself takes a misspelt
    name or an absurd value in silence; `check_settings` holds each against this
    list before anything is built.
#}
{% macro setting_rules() %}

    {{ return({
        'app_schema': {'type': 'name'},
        'rides_table': {'type': 'name'},
        'users_table': {'type': 'name'},
        'unprefixed_targets': {'type': 'list'},
        'reader_role': {'type': 'text'},
        'default_time_zone': {'type': 'name'},
        'reporting_currency': {'type': 'currency'},
        'default_currency': {'type': 'currency'},
        'earliest_ride_date': {'type': 'date'},
        'as_of_date': {'type': 'optional_date'},
        'ride_statuses': {'type': 'value_lists', 'keys': ['completed', 'cancelled']},
        'payment_modes': {'type': 'value_lists', 'keys': ['cash']},
        'platforms': {'type': 'value_lists', 'keys': ['ios']},
        'rolling_price_rides': {'type': 'integer', 'min': 1, 'max': 1000},
        'lapse_after_weeks': {'type': 'integer', 'min': 1, 'max': 520},
        'features': {'type': 'list'},
        'hmm_features': {'type': 'list'},
        'hmm_emissions': {'type': 'choice', 'values': ['gaussian', 'mixed']},
        'hmm_states': {'type': 'integer', 'min': 1, 'max': 50},
        'hmm_starts': {'type': 'integer', 'min': 1, 'max': 1000},
        'hmm_seed': {'type': 'integer', 'min': 0, 'max': 4294967295},
        'hmm_sample_users': {'type': 'integer', 'min': 1, 'max': 1000000000},
        'hmm_sample_salt': {'type': 'text'},
        'hmm_holdout_share': {'type': 'number', 'min': 0.01, 'max': 0.5},
        'hmm_holdout_salt': {'type': 'text'},
        'hmm_start_users': {'type': 'integer', 'min': 1, 'max': 1000000000},
        'hmm_polished_starts': {'type': 'integer', 'min': 1, 'max': 1000},
        'hmm_tolerance': {'type': 'number', 'min': 1e-12, 'max': 0.1},
        'hmm_max_iterations': {'type': 'integer', 'min': 1, 'max': 100000},
        'hmm_variance_floor': {'type': 'number', 'min': 1e-8, 'max': 1},
        'hmm_probability_floor': {'type': 'number', 'min': 1e-12, 'max': 0.1},
        'hmm_min_state_share': {'type': 'number', 'min': 0, 'max': 0.5},
        'hmm_bootstrap_refits': {'type': 'integer', 'min': 2, 'max': 100},
        'hmm_min_stability': {'type': 'number', 'min': 0, 'max': 1},
        'hmm_match_min_overlap': {'type': 'number', 'min': 0.01, 'max': 1},
        'late_ride_weeks': {'type': 'integer', 'min': 0, 'max': 104},
        'beliefs_begin_at': {'type': 'choice', 'values': ['fit', 'first_ride']},
        'outlook_min_reach_probability': {'type': 'number', 'min': 0, 'max': 1},
        'audience_holdout_share': {'type': 'number', 'min': 0, 'max': 0.9},
        'audience_holdout_salt': {'type': 'text'},
        'exposure_writer_role': {'type': 'text'},
        'picture_min_edge_probability': {'type': 'number', 'min': 0, 'max': 1},
        'flow_weeks_back': {'type': 'integer', 'min': 1, 'max': 520},
        'explorer_journeys': {'type': 'integer', 'min': 0, 'max': 20},
        'explorer_journey_weeks': {'type': 'integer', 'min': 1, 'max': 104},
        'explorer_shows_user_ids': {'type': 'boolean'},
        'recent_weeks': {'type': 'integer', 'min': 1, 'max': 520},
        'drift_weeks': {'type': 'integer', 'min': 1, 'max': 52},
    }) }}

{% endmacro %}
