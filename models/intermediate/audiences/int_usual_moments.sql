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
        iso_weekday,
        hour_of_day,
        count(*) as n_rides
    from located
    group by user_id, iso_weekday, hour_of_day

),

by_day as (

    select
        user_id,
        iso_weekday,
        sum(n_rides) as n_rides
    from by_hour
    group by user_id, iso_weekday

),

ranked_days as (

    select
        by_day.*,
        sum(by_day.n_rides) over (partition by by_day.user_id) as n_rides_of_user,
        row_number() over (
            partition by by_day.user_id
            order by by_day.n_rides desc, by_day.iso_weekday asc
        ) as day_rank
    from by_day

),

-- A day is usual only if at least a quarter of the rides are on it.
usual_days as (

    select * from ranked_days
    where
        day_rank = 1
        and n_rides_of_user >= 4
        and n_rides >= 2
        and n_rides * 4 >= n_rides_of_user

),

-- The hours of one day only: sorting those of all days took a third of the time.
ranked_hours as (

    select
        by_hour.user_id,
        by_hour.iso_weekday,
        by_hour.hour_of_day,
        row_number() over (
            partition by by_hour.user_id
            order by by_hour.n_rides desc, by_hour.hour_of_day asc
        ) as hour_rank
    from by_hour
    inner join usual_days
        on
            by_hour.user_id = usual_days.user_id
            and by_hour.iso_weekday = usual_days.iso_weekday

),

usual as (

    select
        ranked_hours.user_id,
        as_of_week.as_of_week_start,
        ranked_hours.iso_weekday as usual_iso_weekday,
        ranked_hours.hour_of_day as usual_hour_of_day,
        case
            when ranked_hours.hour_of_day >= 9 then ranked_hours.iso_weekday
            when ranked_hours.iso_weekday > 1 then ranked_hours.iso_weekday - 1
            else 7
        end as moment_iso_weekday,
        case
            when ranked_hours.hour_of_day between 9 and 22
                then ranked_hours.hour_of_day - 1
            else 20
        end as moment_hour
    from ranked_hours
    cross join as_of_week
    where ranked_hours.hour_rank = 1

)

select * from usual
