{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start', 'of_states': true, 'of_events': true},
    post_hook="{{ indexed_by_week(this) }}",
    pre_hook="{{ waits_for(ref('int_champion_states')) }}",
) }}
{#
    The events that count: screened, one row each, in local time and in the reporting
    currency, each in its session. Rides are events too. They belong to no session: a
    session is what somebody does in an app, on a site, in a shop or on the phone.

    Without a session_id the pause before an event decides whether it begins a session:

    occurred_at  pause    session began at
    10:00                 10:00
    10:20        20 min   10:00
    11:00        40 min   11:00

    Rows of closed weeks are kept in a log of rides only.
#}
{%- set texts = [
    'session_key', 'page_path', 'content_type', 'feature_name',
    'product_category', 'preference', 'app_version', 'impossible_values',
] + person_identifiers() | reject('equalto', 'user_id') | list -%}

with

kept_events as (

    select * from {{ ref('int_kept_events') }}

),

rides as (

    select * from {{ ref('int_rides') }}
    where {{ is_open_week('week_start', of_states=true, of_events=true) }}

),

{{ session_ctes('kept_events') }},

-- Both in the same order of columns.
combined as (

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
        {{ texts | join(',\n        ') }},
        cast(duration_seconds as {{ type_double() }}) as duration_seconds,
        is_advanced_feature,
        value_in_reporting_currency,
        platform,
        country,
        city,
        used_time_zone,
        is_known_event_type,
        is_time_zone_replaced,
        is_value_unconverted
    from sessionised
    union all
    select
        {{ row_fingerprint(["'ride'", 'ride_id']) }} as event_key,
        ride_id as event_id,
        'product' as source,
        case
            when is_completed then 'ride_completed'
            when is_cancelled then 'ride_cancelled'
            else 'ride_requested'
        end as event_type,
        status as raw_event_type,
        requested_at as occurred_at,
        requested_at_local as occurred_local,
        cast(null as {{ type_instant() }}) as loaded_at,
        user_id,
        {%- for column in texts %}
        cast(null as {{ dbt.type_string() }}) as {{ column }},
        {%- endfor %}
        cast(null as {{ type_double() }}) as duration_seconds,
        cast(null as {{ dbt.type_boolean() }}) as is_advanced_feature,
        price_in_reporting_currency as value_in_reporting_currency,
        platform,
        country,
        city,
        used_time_zone,
        true as is_known_event_type,
        false as is_time_zone_replaced,
        false as is_value_unconverted
    from rides

),

dated as (

    select
        *,
        cast(occurred_local as date) as local_date,
        {{ week_start('occurred_local') }} as week_start
    from combined

)

select * from dated
