{#
    The flags of the panel agree with its numbers.
#}
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
        is_active <> (n_rides > 0)
        or (is_active and not has_completed_ride)
        or has_completed_ride <> (weeks_since_last_ride is not null)
        or (is_active and weeks_since_last_ride <> 0)
        or weeks_since_last_ride > {{ var('lapse_after_weeks') }}
        or n_rides + n_cancellations > n_requests
        or n_painful_cancellations > n_cancellations
        or has_lapsed <> (
            {{ weeks_between('filled_from_week_start', 'week_start') }}
            >= {{ var('lapse_after_weeks') }}
        )

)

select * from contradictory
