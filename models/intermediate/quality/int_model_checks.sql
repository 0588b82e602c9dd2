{#
    What can be said of the champion and of what it says: each check as a row, with a null
    where it cannot be measured yet.
#}
with

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

runs as (

    select * from {{ ref('stg_hmm__runs') }}

),

drift_weeks as (

    select * from {{ ref('int_drift_weeks') }}

),

feature_drift as (

    select * from {{ ref('feature_drift') }}

),

state_sizes as (

    select * from {{ ref('state_sizes') }}

),

hindsight_revisions as (

    select * from {{ ref('hindsight_revisions') }}

),

recorded as (

    select * from {{ ref('user_weekly_states_as_of') }}

),

backtest_summary as (

    select * from {{ ref('outlook_backtest_summary') }}

),

user_outlook as (

    select * from {{ ref('user_outlook') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

-- One row with or without a champion: an aggregate of nothing is null.
aged as (

    select
        max(
            {{ weeks_between(
                'runs.last_week_start', 'drift_weeks.last_recent_week_start'
            ) }}
        ) as n_weeks_since_fit,
        max({{ json_size('runs.defects') }}) as n_defects
    from champion
    inner join runs
        on champion.run_id = runs.run_id
    left join drift_weeks
        on champion.run_id = drift_weeks.run_id

),

-- As known when each of the two weeks ended: hindsight knows more of the earlier one.
mixed as (

    select
        state_sizes.state_id,
        sum(
            case
                when
                    state_sizes.week_start = drift_weeks.last_recent_week_start
                    then state_sizes.n_users_as_known
            end
        ) as n_recent_users,
        sum(
            case
                when
                    state_sizes.week_start
                    = drift_weeks.last_reference_week_start
                    then state_sizes.n_users_as_known
            end
        ) as n_reference_users
    from state_sizes
    inner join drift_weeks
        on
            state_sizes.week_start = drift_weeks.last_recent_week_start
            or state_sizes.week_start = drift_weeks.last_reference_week_start
    group by state_sizes.state_id

),

mix_totals as (

    select
        count(*) as n_states,
        sum(n_recent_users) as n_recent_users,
        sum(n_reference_users) as n_reference_users
    from mixed

),

mix_drift as (

    select
        sum(
            {{ stability_term(
                'mixed.n_recent_users', 'mix_totals.n_recent_users',
                'mixed.n_reference_users', 'mix_totals.n_reference_users',
                'mix_totals.n_states'
            ) }}
        ) as stability_index
    from mixed
    cross join mix_totals
    where
        mix_totals.n_recent_users >= 100
        and mix_totals.n_reference_users >= 100

),

revised as (

    select
        {{ share('sum(n_revised_user_weeks)', 'sum(n_user_weeks)') }}
            as revised_share,
        sum((1 - mean_state_probability) * n_user_weeks) / sum(n_user_weeks)
            as expected_revised_share
    from hindsight_revisions

),

-- Whatever run recorded them: a late ride is late for every model.
late as (

    select
        {{ share(
            'count(case when revision = 1 then 1 end)',
            'count(case when revision = 0 then 1 end)'
        ) }} as late_share
    from recorded

),

backtested as (

    select
        max(case when is_published then calibration_error end)
            as calibration_error,
        min(case when is_published then log_loss end) as log_loss
    from backtest_summary

),

rivals as (

    select
        count(
            case
                when backtest_summary.log_loss < backtested.log_loss then 1
            end
        ) as n_ahead,
        count(*) as n_models
    from backtest_summary
    cross join backtested

),

-- What was expected of each week of the newest ones, and what came.
came as (

    select
        avg(user_outlook.ride_probability_next_week) as expected_share,
        avg(case when user_weekly_states.is_active then 1.0 else 0.0 end)
            as riding_share
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

checked as (

    select
        'weeks_without_decode' as check_name,
        'champion' as subject,
        cast(
            case
                when n_weeks_since_fit is not null
                    then greatest(n_weeks_since_fit, 0)
            end as {{ type_double() }}
        ) as measured_value
    from aged
    union all
    select
        'champion_defects' as check_name,
        'champion' as subject,
        cast(n_defects as {{ type_double() }}) as measured_value
    from aged
    union all
    select
        'feature_drift' as check_name,
        feature as subject,
        population_stability_index as measured_value
    from feature_drift
    union all
    select
        'state_mix_drift' as check_name,
        'newest week' as subject,
        cast(stability_index as {{ type_double() }}) as measured_value
    from mix_drift
    union all
    select
        'revised_by_hindsight' as check_name,
        'states' as subject,
        revised_share as measured_value
    from revised
    union all
    select
        'revised_more_than_said' as check_name,
        'states' as subject,
        revised_share - expected_revised_share as measured_value
    from revised
    union all
    select
        'late_rides' as check_name,
        'states' as subject,
        late_share as measured_value
    from late
    union all
    select
        'backtest_calibration_error' as check_name,
        'outlook' as subject,
        calibration_error as measured_value
    from backtested
    union all
    select
        'rivals_ahead' as check_name,
        'outlook' as subject,
        cast(nullif(n_ahead, case when n_models = 0 then 0 end) as {{ type_double() }})
            as measured_value
    from rivals
    union all
    select
        'outlook_calibration' as check_name,
        'outlook' as subject,
        abs(expected_share - cast(riding_share as {{ type_double() }}))
            as measured_value
    from came

)

select * from checked
