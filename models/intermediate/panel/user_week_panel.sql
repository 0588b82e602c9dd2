{#
    One row per (user, week) from the first request to the as-of week. Silent
    weeks inherit from the last week with a request, and name that week:

    sparse: week  next        weeks_since         panel: week  filled_from  weeks_since
    2024-01-01    2024-01-22  0            →      2024-01-01   2024-01-01   0
                                                  2024-01-08   2024-01-01   1
                                                  2024-01-15   2024-01-01   2
    2024-01-22    …           0                   2024-01-22   2024-01-22   0

    How a feature behaves in a silent week (zero, carried, growing) is declared in
    the var `features`. No window runs over the dense rows.
#}
with

week_features as (

    select * from {{ ref('int_user_week_features') }}

),

expanded as (

    select
        week_features.*,
        weeks.n_silent_weeks
    from week_features
    {{ expanded(
        weeks_between('week_features.week_start', 'week_features.next_week_start'),
        'weeks', 'n_silent_weeks'
    ) }}

),

filled as (

    select
        user_id,
        {{ add_days('week_start', '7 * n_silent_weeks') }} as week_start,
        week_start as filled_from_week_start,
        {%- for column, feature in panel_columns().items() %}
        {{ in_silent_week(feature, column, 'n_silent_weeks') }} as {{ column }},
        {%- endfor %}
        is_first_ride_week and n_silent_weeks = 0 as is_first_ride_week,
        has_completed_ride,
        {{ has_lapsed('n_silent_weeks') }} as has_lapsed
    from expanded

)

select * from filled
