{{ config(pre_hook="{{ with_cheap_gathering() }}") }}
{#
    What each customer did, day by day, in each phase: by the identifiers that belonged to
    the customer then. Days before all windows are one row, at the day before the first
    window.

    identifiers   a in phase 1, a and b in phase 2
    events        a: Monday, b: Tuesday
    rows          phase 1, Monday    phase 2, Monday    phase 2, Tuesday

    `filter` leaves aggregates alone for events that they do not count: a tenth less work,
    as most do not buy.
#}
with

events as (

    select * from {{ ref('int_customer_events') }}

),

phases as (

    select * from {{ ref('int_customer_phases') }}

),

weeks as (

    select * from {{ ref('int_snapshot_weeks') }}

),

bounds as (

    select
        {{ add_days('min(window_starts_on)', -1) }} as first_on,
        max(ends_on) as ends_on
    from weeks

),

{%- set buys = is_purchase('events') ~ " or events.event_type = 'ride_completed'" %}
{#- Counts of events: the condition of each. #}
{%- set counts = {
    'n_events': 'true',
    'n_product_events': "events.source = 'product'",
    'n_website_views': "events.source = 'web' and events.event_type = 'page_view'",
    'n_web_events': "events.source = 'web'",
    'n_videos_started': "events.event_type = 'video_start'",
    'n_filters_used': "events.event_type = 'filter_use'",
    'n_feature_interactions': "events.event_type = 'feature_use'",
    'n_purchases': is_purchase('events'),
    'n_rides': "events.event_type = 'ride_completed'",
} %}

counted as (

    select
        phases.phase_number,
        greatest(events.local_date, bounds.first_on) as local_date,
        {%- for column, condition in counts.items() %}
        cast(count(*) filter (where {{ condition }}) as {{ dbt.type_int() }})
            as {{ column }},
        {%- endfor %}
        sum(events.value_in_reporting_currency) filter (where {{ buys }}) as spend,
        max(events.local_date) filter (where {{ buys }}) as last_bought_on,
        min(events.local_date) as first_seen_on,
        max(events.local_date) as last_seen_on
    from events
    inner join phases
        on events.identifier_key = phases.identifier_key
    cross join bounds
    where events.local_date < bounds.ends_on
    group by phases.phase_number, greatest(events.local_date, bounds.first_on)

)

select * from counted
