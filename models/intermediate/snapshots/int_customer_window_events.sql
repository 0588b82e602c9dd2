{#
    What each customer did in the window before the end of each as-of week, by the links
    between identifiers that had been seen by then. Page views and the like are counted;
    blogs, videos, whitepapers and features have names, and each name counts once.

    For speed in two steps: first by day and by what it was, then by customer.
#}
with

events as (

    select * from {{ ref('int_events') }}

),

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

ids_as_of as (

    select * from {{ ref('int_snapshot_ids') }}

),

weeks as (

    select * from {{ ref('int_snapshot_weeks') }}

),

{#- Counts of events: the condition of each. #}
{%- set counts = {
    'n_events': 'true',
    'n_product_events': "events.source = 'product'",
    'n_website_views': "events.source = 'web' and events.event_type = 'page_view'",
    'n_web_events': "events.source = 'web'",
    'n_videos_started': "events.event_type = 'video_start'",
    'n_filters_used': "events.event_type = 'filter_use'",
    'n_feature_interactions_30d': "events.event_type = 'feature_use' and events.local_date >= "
        ~ add_days('weeks.ends_on', -30),
    'n_purchases': is_purchase('events'),
    'n_rides': "events.event_type = 'ride_completed'",
} %}
{#- What counts once: the name of each, where an event has one. #}
{%- set items = {
    'blog': "case when events.source = 'web' and events.content_type = 'blog' then events.page_path end",
    'whitepaper': "case when events.source = 'web' and events.content_type = 'whitepaper' then events.page_path end",
    'video': "case when events.source = 'web' and events.event_type = 'video_start' then coalesce(events.feature_name, events.page_path) end",
    'product_feature': "case when events.source = 'product' then events.feature_name end",
} %}

by_day as (

    select
        weeks.as_of_week_start,
        ids_as_of.customer_id,
        events.local_date,
        {%- for item, name in items.items() %}
        {{ name }} as {{ item }},
        {%- endfor %}
        {%- for column, condition in counts.items() %}
        count(case when {{ condition }} then 1 end) as {{ column }},
        {%- endfor %}
        sum(
            case
                when {{ is_purchase('events') }} or events.event_type = 'ride_completed'
                    then events.value_in_reporting_currency
            end
        ) as spend,
        max(
            case
                when {{ is_purchase('events') }} or events.event_type = 'ride_completed'
                    then events.local_date
            end
        ) as last_bought_on
    from weeks
    inner join events
        on
            weeks.window_starts_on <= events.local_date
            and weeks.ends_on > events.local_date
    inner join customer_events
        on events.event_key = customer_events.event_key
    inner join ids_as_of
        on
            weeks.as_of_week_start = ids_as_of.as_of_week_start
            and customer_events.identifier_key = ids_as_of.identifier_key
    group by
        weeks.as_of_week_start,
        ids_as_of.customer_id,
        events.local_date,
        {{ items.values() | join(',\n        ') }}

),

-- Each feature of a day has a row of its own: names of the other kinds are those of the
-- web.
counted as (

    select
        as_of_week_start,
        customer_id,
        count(distinct local_date) as n_active_days,
        count(distinct case when n_product_events > 0 then local_date end)
            as n_product_days,
        count(product_feature) as n_product_feature_days,
        {%- for item in items %}
        count(distinct {{ item }}) as n_{{ item }}s,
        {%- endfor %}
        {%- for column in counts %}
        cast(sum({{ column }}) as {{ dbt.type_bigint() }}) as {{ column }},
        {%- endfor %}
        {{ exact_sum('spend') }} as spend,
        max(last_bought_on) as last_bought_on
    from by_day
    group by as_of_week_start, customer_id

)

select * from counted
