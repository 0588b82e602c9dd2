{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start', 'of_states': true, 'of_events': true},
    post_hook="{{ indexed_by_week(this) }}",
) }}
{#
    Whose each event is: the customer of its strongest identifier, by the priority in the
    seed identifier_rules. An anonymous event of a shared device belongs to the login that
    was last before it there, and to nobody if there was none. It has the columns of
    int_events that models of customers read: joining two tables of all events costs more
    than writing these columns again.

    Rows of closed weeks are kept in a log of rides only, where each user is a customer.
#}
{%- set columns = [
    'source', 'event_type', 'raw_event_type', 'occurred_local', 'local_date',
    'week_start', 'user_id', 'session_key', 'page_path', 'content_type',
    'feature_name', 'is_advanced_feature', 'value_in_reporting_currency', 'platform',
] %}

with

events as {{ read_each_time() }} (

    select * from {{ ref('int_events') }}
    where {{ is_open_week('week_start', of_states=true, of_events=true) }}

),

{{ customer_of_event_ctes('events', columns) }}

select * from decided
