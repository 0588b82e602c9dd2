{#
    Compares what was published with what happened later: states as known at the time,
    and forecasts. One row per check, with a null where it cannot be measured yet.

    Over 170 lines, because each check is a select of its own.
#}
with

drift_weeks as (

    select * from {{ ref('int_drift_weeks') }}

),

hindsight_revisions as (

    select * from {{ ref('hindsight_revisions') }}

),

recorded_states as (

    select * from {{ ref('user_weekly_states_as_of') }}

),

backtest_summary as (

    select * from {{ ref('outlook_backtest_summary') }}

),

expected_rides as (

    select * from {{ ref('int_expected_rides') }}

),

expected_spend as (

    select * from {{ ref('int_expected_spend') }}

),

forecast_results as (

    select * from {{ ref('forecast_results') }}

),

user_outlook as (

    select * from {{ ref('user_outlook') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

hindsight as (

    select
        {{ share('sum(n_revised_user_weeks)', 'sum(n_user_weeks)') }}
            as revised_share,
        {{ exact_sum('(1 - mean_state_probability) * n_user_weeks', 12) }}
        / sum(n_user_weeks) as expected_revised_share
    from hindsight_revisions

),

-- Rows of all runs: a late ride is late for every model.
late_rides as (

    select
        {{ share(
            'count(case when revision = 1 then 1 end)',
            'count(case when revision = 0 then 1 end)'
        ) }} as late_share
    from recorded_states

),

published_backtest as (

    select
        max(case when is_published then calibration_error end)
            as calibration_error,
        min(case when is_published then log_loss end) as log_loss
    from backtest_summary
    where target = 'ride_probability_next_week'

),

rivals as (

    select
        sum(
            case
                when backtest_summary.log_loss < published_backtest.log_loss then 1
                else 0
            end
        ) as n_ahead
    from backtest_summary
    cross join published_backtest
    where
        backtest_summary.target = 'ride_probability_next_week'
        and backtest_summary.is_rival

),

-- The newest weeks, each with the outlook of the week before.
outcomes as (

    select
        avg(user_outlook.ride_probability_next_week) as expected_share,
        avg(case when user_weekly_states.is_active then 1.0 else 0.0 end)
            as active_share
    from drift_weeks
    inner join user_outlook
        on
            drift_weeks.last_recent_week_start > user_outlook.as_of_week_start
            and {{ add_days('drift_weeks.first_recent_week_start', -7) }}
            <= user_outlook.as_of_week_start
    inner join user_weekly_states
        on
            user_outlook.user_id = user_weekly_states.user_id
            and user_outlook.as_of_week_start
            = {{ add_days('user_weekly_states.week_start', -7) }}
            and drift_weeks.first_recent_week_start
            <= user_weekly_states.week_start

),

-- Sums of all users, once the weeks are over.
settled as (

    select
        target,
        weeks_ahead,
        count(*) as n_weeks,
        count(is_inside) as n_ranges,
        count(case when not is_inside then 1 end) as n_outside,
        abs(sum(expected) / nullif(sum(observed), 0) - 1) as level_error
    from forecast_results
    where state_key is null and observed is not null
    group by target, weeks_ahead

),

sums as (

    select
        case
            when sum(n_ranges) >= 8
                then {{ share('sum(n_outside)', 'sum(n_ranges)') }}
        end as outside_share,
        max(case when n_weeks >= 8 then level_error end) as level_error
    from settled

),

measured as (

    select
        'revised_by_hindsight' as check_name,
        'states' as subject,
        revised_share as measured_value
    from hindsight
    union all
    select
        'revised_more_than_said' as check_name,
        'states' as subject,
        revised_share - expected_revised_share as measured_value
    from hindsight
    union all
    select
        'late_rides' as check_name,
        'states' as subject,
        late_share as measured_value
    from late_rides
    union all
    select
        'backtest_calibration_error' as check_name,
        'outlook' as subject,
        calibration_error as measured_value
    from published_backtest
    union all
    select
        'rivals_ahead' as check_name,
        'outlook' as subject,
        cast(n_ahead as {{ type_double() }}) as measured_value
    from rivals
    union all
    select
        'outlook_calibration' as check_name,
        'outlook' as subject,
        abs(expected_share - cast(active_share as {{ type_double() }}))
            as measured_value
    from outcomes
    union all
    select
        'expected_rides_outside_past' as check_name,
        'outlook' as subject,
        max(outside_share) as measured_value
    from expected_rides
    union all
    select
        'expected_spend_outside_past' as check_name,
        'outlook' as subject,
        max(outside_share) as measured_value
    from expected_spend
    union all
    select
        'sums_outside_ranges' as check_name,
        'outlook' as subject,
        outside_share as measured_value
    from sums
    union all
    select
        'level_of_sums' as check_name,
        'outlook' as subject,
        level_error as measured_value
    from sums

)

select * from measured
