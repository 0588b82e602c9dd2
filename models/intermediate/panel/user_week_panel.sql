{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start', 'of_features': true},
    post_hook="{{ indexed_by_week(this) }}",
) }}
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

    Where closed weeks are kept, a user who is silent when the open weeks begin inherits
    from the panel's own row of the week before them.
#}
{%- set has_closed_weeks = keeps_closed_weeks(of_features=true) -%}
{%- set first_week = first_open_week(of_features=true) %}
-- depends_on: {{ ref('int_as_of_week') }}
with

week_features as {{ read_each_time() }} (

    select * from {{ ref('int_user_week_features') }}

),

{% if has_closed_weeks -%}
as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

first_requests as (

    select
        user_id,
        min(week_start) as week_start
    from week_features
    where week_start >= '{{ first_week }}'
    group by user_id

),

last_closed_week as (

    select
        panel.*,
        coalesce(first_requests.week_start, {{ add_days('as_of_week.as_of_week_start', 7) }})
            as next_week_start
    from {{ this }} as panel
    cross join as_of_week
    left join first_requests
        on panel.user_id = first_requests.user_id
    where panel.week_start = {{ add_days("cast('" ~ first_week ~ "' as date)", -7) }}

),
{%- endif %}

to_fill as (

    select
        user_id,
        week_start,
        next_week_start,
        week_start as filled_from_week_start,
        {%- for column in panel_columns() %}
        {{ column }},
        {%- endfor %}
        is_first_ride_week,
        has_completed_ride
    from week_features
    {%- if has_closed_weeks %}
    where week_start >= '{{ first_week }}'
    union all
    select
        user_id,
        week_start,
        next_week_start,
        filled_from_week_start,
        {%- for column in panel_columns() %}
        {{ column }},
        {%- endfor %}
        is_first_ride_week,
        has_completed_ride
    from last_closed_week
    {%- endif %}

),

expanded as (

    select
        to_fill.*,
        weeks.n_silent_weeks
    from to_fill
    {{ expanded(
        weeks_between('to_fill.week_start', 'to_fill.next_week_start'),
        'weeks', 'n_silent_weeks'
    ) }}

),

filled as (

    select
        user_id,
        {{ add_days('week_start', '7 * n_silent_weeks') }} as week_start,
        filled_from_week_start,
        {%- for column, feature in panel_columns().items() %}
        {{ in_silent_week(feature, column, 'n_silent_weeks') }} as {{ column }},
        {%- endfor %}
        is_first_ride_week and n_silent_weeks = 0 as is_first_ride_week,
        has_completed_ride,
        {{ has_lapsed(
            weeks_between('filled_from_week_start', 'week_start') ~ ' + n_silent_weeks'
        ) }} as has_lapsed
    from expanded
    {%- if has_closed_weeks %}
    where {{ add_days('week_start', '7 * n_silent_weeks') }} >= '{{ first_week }}'
    {%- endif %}

)

select * from filled
