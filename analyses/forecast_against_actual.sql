{#
    Did what was expected come? Rides and spend of all users, by origin week and weeks ahead,
    beside what came and the range meant to hold nine of ten. Without what came yet, the
    newest weeks show the forecast alone.
#}
with

forecast_results as (

    select * from {{ ref('forecast_results') }}

)

select
    target,
    weeks_ahead,
    origin_week_start,
    n_users,
    round(cast(expected as {{ type_exact() }}), 1) as expected,
    round(cast(expected_low as {{ type_exact() }}), 1) as expected_low,
    round(cast(expected_high as {{ type_exact() }}), 1) as expected_high,
    round(cast(observed as {{ type_exact() }}), 1) as observed,
    round(cast(100 * (observed / nullif(expected, 0) - 1) as {{ type_exact() }}), 1)
        as percent_above_expected,
    is_inside,
    source
from forecast_results
where state_key is null
order by target, weeks_ahead, origin_week_start
