{#
    When to write to a user: an hour before their usual ride, which is at the most frequent
    hour of the most frequent day. Nobody is disturbed at night: where the hour before is
    not between 8:00 and 21:00, it is 20:00 before the ride.

    usual ride      moment
    Friday 18:00    Friday 17:00
    Friday 23:00    Friday 20:00
    Friday 8:00     Thursday 20:00
#}
with

rides as (

    select * from {{ ref('int_rides') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

feature_sources as (

    select * from {{ ref('int_feature_sources') }}

),

-- A log that has no times of day says nothing about hours.
located as (

    select
        rides.user_id,
        as_of_week.as_of_week_start,
        cast({{ iso_weekday('rides.requested_at_local') }} as {{ dbt.type_int() }})
            as iso_weekday,
        cast({{ hour_of_day('rides.requested_at_local') }} as {{ dbt.type_int() }})
            as hour_of_day
    from rides
    cross join as_of_week
    cross join feature_sources
    where
        feature_sources.has_time_of_day
        and rides.is_completed
        and rides.week_start <= as_of_week.as_of_week_start
        and rides.week_start
        > {{ add_days('as_of_week.as_of_week_start', -7 * 52) }}

),

by_hour as (

    select
        user_id,
        as_of_week_start,
        iso_weekday,
        hour_of_day,
        count(*) as n_rides
    from located
    group by user_id, as_of_week_start, iso_weekday, hour_of_day

),

totals as (

    select
        by_hour.*,
        sum(by_hour.n_rides) over (partition by by_hour.user_id)
            as n_rides_of_user,
        sum(by_hour.n_rides) over (
            partition by by_hour.user_id, by_hour.iso_weekday
        ) as n_rides_of_day
    from by_hour

),

ranked as (

    select
        totals.*,
        row_number() over (
            partition by totals.user_id
            order by
                totals.n_rides_of_day desc,
                totals.iso_weekday asc,
                totals.n_rides desc,
                totals.hour_of_day asc
        ) as hour_rank
    from totals
    where totals.n_rides_of_user >= 4

),

-- A day is usual only if at least a quarter of the rides are on it.
usual as (

    select
        user_id,
        as_of_week_start,
        iso_weekday as usual_iso_weekday,
        hour_of_day as usual_hour_of_day,
        case
            when hour_of_day >= 9 then iso_weekday
            when iso_weekday > 1 then iso_weekday - 1
            else 7
        end as moment_iso_weekday,
        case when hour_of_day between 9 and 22 then hour_of_day - 1 else 20 end
            as moment_hour
    from ranked
    where
        hour_rank = 1
        and n_rides_of_day >= 2
        and n_rides_of_day * 4 >= n_rides_of_user

)

select * from usual
