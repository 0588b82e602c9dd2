{#
    The features that propensities read, besides the belief in states: those of the seed
    customer_features with is_predictor. A test compares both.
#}
{% macro predictor_features() %}
    {{ return([
        'n_blogs_viewed', 'n_pages_per_session', 'n_product_features_used', 'n_product_features_used_per_day',
        'n_videos_viewed', 'n_website_sessions', 'n_website_views', 'n_whitepapers_viewed', 'avg_sessions_per_day',
        'avg_time_per_session', 'converted_to_sale', 'customer_age', 'customer_tenure_days',
        'days_since_last_activity', 'n_active_days', 'n_sessions_7d', 'n_sessions_30d', 'spend', 'n_purchases',
        'n_rides', 'days_since_last_purchase', 'n_feature_interactions_30d', 'video_watch_count', 'filter_use_count',
    ]) }}
{% endmacro %}
