{#
    The last week that is certainly complete in the log of all events, rides among them.
    Null if there are none.
#}
with

events as (

    select * from {{ ref('int_events') }}

),

rides as (

    select * from {{ ref('int_rides') }}

),

timed as (

    select
        occurred_at as requested_at,
        used_time_zone
    from events
    union all
    select
        requested_at,
        used_time_zone
    from rides

),

last_occurred as (

    {{ last_complete_week('timed') }}

)

select * from last_occurred
