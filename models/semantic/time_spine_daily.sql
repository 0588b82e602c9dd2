{#
    The days of the panel's weeks, without a gap. The semantic layer uses it to fill
    gaps and to step through time; a BI tool may use it as a calendar.
#}
with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

bounded as (

    select
        min(week_start) as first_week_start,
        7 * ({{ weeks_between('min(week_start)', 'max(week_start)') }} + 1)
            as n_days
    from user_week_panel

),

expanded as (

    select
        {{ add_days('bounded.first_week_start', 'days.days_after_first') }}
            as date_day
    from bounded
    {{ expanded('bounded.n_days', 'days', 'days_after_first') }}

),

dated as (

    select
        date_day,
        {{ week_start('date_day') }} as week_start
    from expanded

)

select * from dated
