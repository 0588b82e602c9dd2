{#
    The events that count, one row each, in local time and in the reporting currency, each
    in its session: what somebody does in an app, on a site, in a shop or on the phone.
    Rides are not in it. They belong to no session, and int_rides has them already:
    int_customer_events has both.

    Without a session_id the pause before an event decides whether it begins a session:

    occurred_at  pause    session began at
    10:00                 10:00
    10:20        20 min   10:00
    11:00        40 min   11:00
#}
with

kept_events as (

    select * from {{ ref('int_kept_events') }}

),

{{ session_ctes('kept_events') }},

dated as (

    select
        event_key,
        event_id,
        source,
        event_type,
        raw_event_type,
        occurred_at,
        occurred_local,
        loaded_at,
        user_id,
        session_key,
        page_path,
        content_type,
        feature_name,
        product_category,
        preference,
        app_version,
        impossible_values,
        {{ person_identifiers() | reject('equalto', 'user_id')
            | join(',\n        ') }},
        cast(duration_seconds as {{ type_double() }}) as duration_seconds,
        is_advanced_feature,
        value_in_reporting_currency,
        platform,
        country,
        city,
        used_time_zone,
        is_known_event_type,
        is_time_zone_replaced,
        is_value_unconverted,
        cast(occurred_local as date) as local_date,
        {{ week_start('occurred_local') }} as week_start
    from sessionised

)

select * from dated
