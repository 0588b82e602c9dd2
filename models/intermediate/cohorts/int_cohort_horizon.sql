{#
    Until when it is known what customers did: the newest event, or the end of the as-of
    week if that is later. With the var as_of_date, the end of that week.
#}
with

events as (

    select * from {{ ref('int_events') }}

),

rides as (

    select * from {{ ref('int_rides') }}

),

as_of_week as (

    select * from {{ ref('int_event_as_of_week') }}

),

ended as (

    select
        {{ instant_of(
            at_hour(add_days('as_of_week_start', 7), 0),
            "'" ~ var('default_time_zone') ~ "'"
        ) }} as week_ends_at
    from as_of_week

),

newest as (

    select max(occurred_at) as occurred_at
    from (
        select occurred_at from events
        union all
        select requested_at as occurred_at from rides
    ) as moments

),

known as (

    select
        {% if var('as_of_date') -%}
        ended.week_ends_at
        {%- else -%}
        greatest(
            coalesce(ended.week_ends_at, newest.occurred_at), newest.occurred_at
        )
        {%- endif %} as known_until_at
    from ended
    cross join newest

)

select * from known
