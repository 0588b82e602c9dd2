{#
    Built when every intermediate model is built and tested. All marts wait for it
    (dbt_project.yml), so a build swaps them one soon after the other, and leaves all of
    them as they are if anything before them fails.
#}
-- depends_on: {{ ref('int_audience_members') }}
-- depends_on: {{ ref('int_backtest_sums') }}
-- depends_on: {{ ref('int_champion_segments') }}
-- depends_on: {{ ref('int_customer_events') }}
-- depends_on: {{ ref('int_cohort_spells') }}
-- depends_on: {{ ref('int_cohort_sums') }}
-- depends_on: {{ ref('int_conversation_features') }}
-- depends_on: {{ ref('int_conversation_states') }}
-- depends_on: {{ ref('int_conversations') }}
-- depends_on: {{ ref('int_customer_changes') }}
-- depends_on: {{ ref('int_customer_features') }}
-- depends_on: {{ ref('int_customer_labels') }}
-- depends_on: {{ ref('int_customer_scaled_features') }}
-- depends_on: {{ ref('int_customer_sources') }}
-- depends_on: {{ ref('int_customer_tool_ids') }}
-- depends_on: {{ ref('int_drift_values') }}
-- depends_on: {{ ref('int_event_differences') }}
-- depends_on: {{ ref('int_event_pattern_weeks') }}
-- depends_on: {{ ref('int_event_rule_weeks') }}
-- depends_on: {{ ref('int_expected_rides') }}
-- depends_on: {{ ref('int_expected_spend') }}
-- depends_on: {{ ref('int_experiments') }}
-- depends_on: {{ ref('int_experiment_variants') }}
-- depends_on: {{ ref('int_funnel_reach') }}
-- depends_on: {{ ref('int_funnel_returns') }}
-- depends_on: {{ ref('int_funnel_sessions') }}
-- depends_on: {{ ref('int_goal_visits') }}
-- depends_on: {{ ref('int_kept_weeks') }}
-- depends_on: {{ ref('int_latest_complete_week') }}
-- depends_on: {{ ref('int_log_quality') }}
-- depends_on: {{ ref('int_model_quality') }}
-- depends_on: {{ ref('int_newest_backtest') }}
-- depends_on: {{ ref('int_outcome_weeks') }}
-- depends_on: {{ ref('int_persona_customer_states') }}
-- depends_on: {{ ref('int_persona_trends') }}
-- depends_on: {{ ref('int_propensity_classes') }}
-- depends_on: {{ ref('int_recent_cohort_changes') }}
-- depends_on: {{ ref('int_rejection_quality') }}
-- depends_on: {{ ref('int_ride_quality') }}
-- depends_on: {{ ref('int_segment_centres') }}
-- depends_on: {{ ref('int_segment_scaling') }}
-- depends_on: {{ ref('int_session_paths') }}
-- depends_on: {{ ref('int_settled_weeks') }}
-- depends_on: {{ ref('int_stitched_weeks') }}
-- depends_on: {{ ref('int_summed_homes') }}
-- depends_on: {{ ref('int_unowned_event_weeks') }}
-- depends_on: {{ ref('int_user_next_states') }}
-- depends_on: {{ ref('int_usual_moments') }}
-- depends_on: {{ ref('int_user_ride_months') }}
with

panel_week as (

    select * from {{ ref('int_as_of_week') }}

),

as_of_week as (

    select as_of_week_start from panel_week

)

select as_of_week_start from as_of_week
