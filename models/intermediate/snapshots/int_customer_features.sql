{#
    The features of each customer at the end of each as-of week, as the seed
    customer_features lists them: nothing from later is in them, links between identifiers
    included. Null where a feature is not defined; models put the default of the seed there.
#}
with

window_events as (

    select * from {{ ref('int_customer_window_events') }}

),

window_sessions as (

    select * from {{ ref('int_customer_window_sessions') }}

),

records as (

    select * from {{ ref('int_customer_records_as_of') }}

),

weeks as (

    select * from {{ ref('int_snapshot_weeks') }}

),

-- A customer of whom nothing was seen in the window has zeros.
joined as (

    select
        window_events.as_of_week_start,
        window_events.customer_id,
        window_events.has_web,
        window_events.last_seen_on,
        window_events.first_seen_on,
        weeks.ends_on,
        {%- for column in [
            'n_active_days', 'n_product_days', 'n_product_feature_days', 'n_blogs', 'n_whitepapers', 'n_videos',
            'n_product_features', 'n_website_views', 'n_videos_started', 'n_filters_used',
            'n_feature_interactions_30d', 'n_purchases', 'n_rides', 'spend', 'last_bought_on',
        ] %}
        window_events.{{ column }},
        {%- endfor %}
        {%- for column in [
            'n_website_sessions', 'n_product_sessions', 'n_sessions_7d', 'n_sessions_30d', 'n_timed_sessions',
            'n_imputed_sessions',
        ] %}
        coalesce(window_sessions.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        window_sessions.session_seconds,
        records.converted_to_sale,
        records.customer_age
    from window_events
    inner join weeks
        on window_events.as_of_week_start = weeks.as_of_week_start
    left join window_sessions
        on
            window_events.as_of_week_start = window_sessions.as_of_week_start
            and window_events.customer_id = window_sessions.customer_id
    left join records
        on
            window_events.as_of_week_start = records.as_of_week_start
            and window_events.customer_id = records.customer_id

),

{%- set int, double = dbt.type_int(), type_double() %}

featured as (

    select
        customer_id,
        as_of_week_start,
        cast(case when has_web then n_blogs end as {{ int }}) as n_blogs_viewed,
        {{ share('n_website_views', 'n_website_sessions') }}
            as n_pages_per_session,
        cast(n_product_features as {{ int }}) as n_product_features_used,
        coalesce({{ share('n_product_feature_days', 'n_product_days') }}, 0)
            as n_product_features_used_per_day,
        cast(n_videos as {{ int }}) as n_videos_viewed,
        cast(n_website_sessions as {{ int }}) as n_website_sessions,
        cast(n_website_views as {{ int }}) as n_website_views,
        cast(n_whitepapers as {{ int }}) as n_whitepapers_viewed,
        coalesce({{ share(
            'n_product_sessions',
            'least(' ~ var('customer_window_days') ~ ', ' ~ days_from('first_seen_on', 'ends_on') ~ ')'
        ) }}, 0) as avg_sessions_per_day,
        {{ share('session_seconds', 'n_timed_sessions') }} as avg_time_per_session,
        converted_to_sale,
        customer_age,
        n_website_sessions > 0 as has_web_session,
        {{ share('n_imputed_sessions', 'n_timed_sessions') }}
            as share_duration_imputed,
        cast({{ days_from('first_seen_on', 'ends_on') }} as {{ int }})
            as customer_tenure_days,
        cast({{ days_from('first_seen_on', 'last_seen_on') }} as {{ int }})
            as active_span_days,
        cast({{ days_from('last_seen_on', 'ends_on') }} - 1 as {{ int }})
            as days_since_last_activity,
        cast(n_active_days as {{ int }}) as n_active_days,
        cast(n_sessions_7d as {{ int }}) as n_sessions_7d,
        cast(n_sessions_30d as {{ int }}) as n_sessions_30d,
        -- How many customers in a hundred have fewer sessions, on average of 7 and 30
        -- days; those without any have 0.
        (
            percent_rank() over (partition by as_of_week_start order by n_sessions_7d)
            + percent_rank() over (
                partition by as_of_week_start order by n_sessions_30d
            )
        ) / 2 as activity_score,
        cast(spend as {{ double }}) as spend,
        cast(n_purchases as {{ int }}) as n_purchases,
        cast(n_rides as {{ int }}) as n_rides,
        cast({{ days_from('last_bought_on', 'ends_on') }} - 1 as {{ int }})
            as days_since_last_purchase,
        cast(n_product_features as {{ int }}) as engagement_depth,
        cast(n_feature_interactions_30d as {{ int }}) as n_feature_interactions_30d,
        cast(n_videos_started as {{ int }}) as video_watch_count,
        cast(n_filters_used as {{ int }}) as filter_use_count
    from joined

)

select * from featured
