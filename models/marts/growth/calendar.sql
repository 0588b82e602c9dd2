{#
    The days of the panel's weeks, without a gap. A week belongs to two months where it
    spans their boundary; a day belongs to one.
#}
with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

bounded as (

    select
        min(week_start) as first_week_start,
        max(week_start) as last_week_start,
        7 * ({{ weeks_between('min(week_start)', 'max(week_start)') }} + 1)
            as n_days
    from user_week_panel

),

expanded as (

    select
        bounded.last_week_start,
        {{ add_days('bounded.first_week_start', 'days.days_after_first') }}
            as date_day
    from bounded
    {{ expanded('bounded.n_days', 'days', 'days_after_first') }}

),

dated as (

    select
        date_day,
        {{ week_start('date_day') }} as week_start,
        {{ month_start('date_day') }} as month_start,
        cast({{ iso_weekday('date_day') }} as {{ dbt.type_int() }}) as iso_weekday,
        {{ iso_week('date_day') }} as iso_week,
        {{ iso_year('date_day') }} as iso_year,
        cast(extract(month from date_day) as {{ dbt.type_int() }}) as month_of_year,
        cast(extract(year from date_day) as {{ dbt.type_int() }}) as calendar_year,
        {{ week_start('date_day') }} = last_week_start as is_latest_week
    from expanded

)

select * from dated
