{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start', 'of_states': true, 'of_events': true},
    post_hook="{{ indexed_by_week(this) }}",
    pre_hook="{{ waits_for(ref('int_champion_states')) }}",
) }}
{#
    Whose each event is, rides among them: the customer of its strongest identifier, by the
    priority in the seed identifier_rules. An anonymous event of a shared device belongs to
    the login that was last before it there, and to nobody if there was none. It has the
    columns of int_events that models of customers read: joining two tables of all events
    costs more than writing these columns again.

    Rows of closed weeks are kept in a log of rides only, where each user is a customer.
#}
{%- set columns = [
    'source', 'event_type', 'raw_event_type', 'occurred_local', 'local_date',
    'week_start', 'user_id', 'session_key', 'page_path', 'content_type',
    'feature_name', 'is_advanced_feature', 'value_in_reporting_currency', 'platform',
] %}
{%- set read = columns + person_identifiers() | reject('in', columns) | list %}
{#- What a ride has of these columns; the other texts are null. #}
{%- set of_rides = {
    'source': "'product'",
    'event_type': "case when is_completed then 'ride_completed' "
        "when is_cancelled then 'ride_cancelled' else 'ride_requested' end",
    'raw_event_type': 'status',
    'occurred_local': 'requested_at_local',
    'local_date': 'cast(requested_at_local as date)',
    'week_start': 'week_start',
    'user_id': 'user_id',
    'is_advanced_feature': 'cast(null as ' ~ dbt.type_boolean() ~ ')',
    'value_in_reporting_currency': 'price_in_reporting_currency',
    'platform': 'platform',
} %}
{%- set columns_of_rides = [] %}
{%- for column in read %}
{%- set value = of_rides.get(column, 'cast(null as ' ~ dbt.type_string() ~ ')') %}
{%- do columns_of_rides.append(value ~ ' as ' ~ column) %}
{%- endfor %}

with

session_events as {{ read_each_time() }} (

    select * from {{ ref('int_events') }}
    where {{ is_open_week('week_start', of_states=true, of_events=true) }}

),

rides as {{ read_each_time() }} (

    select * from {{ ref('int_rides') }}
    where {{ is_open_week('week_start', of_states=true, of_events=true) }}

),

events as {{ read_each_time() }} (

    select
        event_key,
        occurred_at,
        {{ read | join(',\n        ') }}
    from session_events
    union all
    select
        {{ row_fingerprint(["'ride'", 'ride_id']) }} as event_key,
        requested_at as occurred_at,
        {{ columns_of_rides | join(',\n        ') }}
    from rides

),

{{ customer_of_event_ctes('events', columns) }}

select * from decided
