{#
    The days of the panel's weeks, without a gap. The semantic layer uses it to fill
    gaps and to step through time.
#}
with

calendar as (

    select * from {{ ref('calendar') }}

),

dated as (

    select
        date_day,
        week_start
    from calendar

)

select * from dated
