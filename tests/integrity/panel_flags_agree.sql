{#
    The flags of the panel agree with its numbers.
#}
{%- set plus = '\n            + ' %}
with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

contradictory as (

    select
        user_id,
        week_start,
        n_requests,
        n_rides,
        n_cancellations,
        weeks_since_last_ride,
        is_active,
        has_completed_ride,
        has_lapsed
    from user_week_panel
    where
        {{ is_tested_week('week_start') }}
        and (
            is_active <> (n_rides > 0)
            or (is_active and not has_completed_ride)
            or has_completed_ride <> (weeks_since_last_ride is not null)
            or (is_active and weeks_since_last_ride <> 0)
            or weeks_since_last_ride > {{ var('lapse_after_weeks') }}
            or n_rides + n_cancellations > n_requests
            or n_painful_cancellations > n_cancellations
            or (is_first_ride_week and not is_active)
            or n_weekend_rides > n_rides
            or n_evening_rides > n_rides
            or n_coupon_rides > n_rides_with_coupon_count
            or n_rides_with_coupon_count > n_rides
            or n_away_rides > n_rides_with_city
            or n_rides_with_city > n_rides
            or n_rides <> {{ day_part_columns() | join(plus) }}
            or n_weekend_rides <> {{ day_part_columns('weekend') | join(plus) }}
            or has_lapsed <> (
                {{ weeks_between('filled_from_week_start', 'week_start') }}
                >= {{ var('lapse_after_weeks') }}
            )
        )

)

select * from contradictory
