{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start'},
    post_hook="{{ indexed_by_week(this) }}",
) }}
{#
    Completed rides of each user by week and by the month of their day. A week that
    spans two months has a row for each.
#}
with

rides as (

    select * from {{ ref('int_rides') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

summed as (

    select
        rides.user_id,
        rides.week_start,
        {{ month_start('rides.requested_at_local') }} as month_start,
        count(*) as n_rides,
        cast(sum(rides.price_in_reporting_currency) as {{ type_exact(28, 4) }})
            as spend
    from rides
    cross join as_of_week
    where
        rides.is_completed
        and rides.week_start <= as_of_week.as_of_week_start
        and {{ is_open_week('rides.week_start') }}
    group by
        rides.user_id,
        rides.week_start,
        {{ month_start('rides.requested_at_local') }}

)

select * from summed
