{#
    Measures whether the champion still fits: one row per check, with a null where it
    cannot be measured yet. The drift of single features is in feature_drift.
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

champion_states as (

    select * from {{ ref('int_champion_states') }}

),

known_states as (

    select * from {{ ref('int_user_known_states') }}

),

-- One row even without a champion: an aggregate of no rows is null.
fits as (

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

-- As known when each of the two weeks ended, because hindsight of the earlier one is
-- longer.
counted as (

    select
        known_states.state_id,
        count(
            case
                when
                    known_states.week_start = drift_weeks.last_recent_week_start
                    then 1
            end
        ) as n_recent_users,
        count(
            case
                when
                    known_states.week_start = drift_weeks.last_reference_week_start
                    then 1
            end
        ) as n_reference_users
    from known_states
    inner join drift_weeks
        on
            known_states.week_start = drift_weeks.last_recent_week_start
            or known_states.week_start = drift_weeks.last_reference_week_start
    group by known_states.state_id

),

-- A state that is empty in both weeks counts too.
state_counts as (

    select
        champion_states.state_id,
        coalesce(counted.n_recent_users, 0) as n_recent_users,
        coalesce(counted.n_reference_users, 0) as n_reference_users
    from champion_states
    left join counted
        on champion_states.state_id = counted.state_id

),

totals as (

    select
        count(*) as n_states,
        sum(n_recent_users) as n_recent_users,
        sum(n_reference_users) as n_reference_users
    from state_counts

),

mix_drift as (

    select
        sum(
            {{ stability_term(
                'state_counts.n_recent_users', 'totals.n_recent_users',
                'state_counts.n_reference_users', 'totals.n_reference_users',
                'totals.n_states'
            ) }}
        ) as stability_index
    from state_counts
    cross join totals
    where
        totals.n_recent_users >= 100
        and totals.n_reference_users >= 100

),

measured as (

    select
        'weeks_without_decode' as check_name,
        'champion' as subject,
        cast(
            case
                when n_weeks_since_fit is not null
                    then greatest(n_weeks_since_fit, 0)
            end as {{ type_double() }}
        ) as measured_value
    from fits
    union all
    select
        'champion_defects' as check_name,
        'champion' as subject,
        cast(n_defects as {{ type_double() }}) as measured_value
    from fits
    union all
    select
        'state_mix_drift' as check_name,
        'newest week' as subject,
        cast(stability_index as {{ type_double() }}) as measured_value
    from mix_drift

)

select * from measured
