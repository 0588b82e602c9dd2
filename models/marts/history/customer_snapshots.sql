{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['as_of_week_start']}],
) }}
{#
    What was known of each customer at the end of each week, by the events and the links
    between identifiers that had been seen by then. Rows are added and never changed: a
    week gets revision 0 when it is first filled; if events arrived late, the customers
    whose features they change get another revision.

    recorded: a, week 1, revision 0      added: a, week 1, revision 1   (a late event)
              b, week 1, revision 0             a, week 2, revision 0   (a new week)
                                                b, week 2, revision 0
#}
{%- set recorded_rows = rows_so_far(this, {
    'customer_id': dbt.type_string(),
    'as_of_week_start': 'date',
    'revision': dbt.type_int(),
    'evidence_fingerprint': dbt.type_string(),
}) %}
{#- activity_score compares customers: another one's late event is no revision. #}
{%- set exact_columns = [
    'n_blogs_viewed', 'n_pages_per_session', 'n_product_features_used', 'n_product_features_used_per_day',
    'n_videos_viewed', 'n_website_sessions', 'n_website_views', 'n_whitepapers_viewed', 'avg_sessions_per_day',
    'avg_time_per_session', 'converted_to_sale', 'customer_age', 'has_web_session', 'share_duration_imputed',
    'customer_tenure_days', 'active_span_days', 'days_since_last_activity', 'n_active_days', 'n_sessions_7d',
    'n_sessions_30d', 'spend', 'n_purchases', 'n_rides', 'days_since_last_purchase', 'engagement_depth',
    'n_feature_interactions_30d', 'video_watch_count', 'filter_use_count',
] %}

with

features as (

    select * from {{ ref('int_customer_features') }}

),

weeks as (

    select * from {{ ref('int_snapshot_weeks') }}

),

phases as (

    select * from {{ ref('int_customer_phases') }}

),

known_states as (

    select * from {{ ref('user_weekly_states_as_of') }}

),

ranked as (

    select
        recorded.customer_id,
        recorded.as_of_week_start,
        recorded.revision,
        recorded.evidence_fingerprint,
        row_number() over (
            partition by recorded.customer_id, recorded.as_of_week_start
            order by recorded.revision desc
        ) as recency
    from {{ recorded_rows }} as recorded
    inner join weeks
        on recorded.as_of_week_start = weeks.as_of_week_start

),

newest as (

    select * from ranked
    where recency = 1

),

fingerprinted as (

    select
        features.*,
        {{ row_fingerprint(exact_columns) }} as evidence_fingerprint
    from features

),

added as (

    select
        fingerprinted.*,
        weeks.is_backfilled,
        coalesce(newest.revision + 1, 0) as revision
    from fingerprinted
    inner join weeks
        on fingerprinted.as_of_week_start = weeks.as_of_week_start
    left join newest
        on
            fingerprinted.customer_id = newest.customer_id
            and fingerprinted.as_of_week_start = newest.as_of_week_start
    where
        newest.evidence_fingerprint is distinct from fingerprinted.evidence_fingerprint

),

-- Of a customer with several users, the one whose newest week with a request is the
-- latest.
user_states as (

    select
        weeks.as_of_week_start,
        phases.customer_id,
        known_states.user_id,
        known_states.state_key,
        known_states.state_probability,
        row_number() over (
            partition by weeks.as_of_week_start, phases.customer_id
            order by
                known_states.weeks_since_evidence asc,
                known_states.n_rides desc,
                known_states.user_id asc,
                known_states.revision desc
        ) as user_rank
    from weeks
    inner join known_states
        on weeks.as_of_week_start = known_states.week_start
    inner join phases
        on
            'user_id:' || known_states.user_id = phases.identifier_key
            and weeks.as_of_week_start >= phases.first_week_start
            and (
                phases.next_week_start is null
                or weeks.as_of_week_start < phases.next_week_start
            )

),

described as (

    select
        added.customer_id,
        added.as_of_week_start,
        cast(added.revision as {{ dbt.type_int() }}) as revision,
        added.{{ exact_columns | join(',\n        added.') }},
        added.activity_score,
        user_states.user_id,
        user_states.state_key,
        user_states.state_probability,
        {{ dbt.current_timestamp() }} as known_at,
        added.is_backfilled,
        added.evidence_fingerprint
    from added
    left join user_states
        on
            added.as_of_week_start = user_states.as_of_week_start
            and added.customer_id = user_states.customer_id
            and user_states.user_rank = 1

)

select * from described
