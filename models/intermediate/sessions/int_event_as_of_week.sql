{#
    The last week that is certainly complete in the log of all events, rides among them.
    Null if there are none.
#}
with

events as (

    select * from {{ ref('int_events') }}

),

timed as (

    select
        occurred_at as requested_at,
        used_time_zone
    from events

),

last_occurred as (

    {{ last_complete_week('timed') }}

)

select * from last_occurred
