{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['week_start', 'state_id']}],
) }}
{#
    What was known about each user at the end of each week. Rows are added and never
    changed: the weeks since the last build get revision 0; if rides arrived late, the
    week that they changed and the weeks after it get another revision.

    recorded: a, week 1, revision 0      added: a, week 2, revision 1   (a late ride)
              a, week 2, revision 0             a, week 3, revision 1
              a, week 3, revision 0             a, week 4, revision 0   (a new week)

    Over 170 lines, because every step depends on this table's own rows, which no model
    upstream of it can read.
#}
{%- set recorded_rows = rows_so_far(this, {
    'user_id': dbt.type_string(),
    'week_start': 'date',
    'revision': dbt.type_int(),
    'evidence_fingerprint': dbt.type_string(),
}) %}

with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

user_beliefs as (

    select * from {{ ref('int_user_beliefs') }}

),

belief_window as (

    select * from {{ ref('int_belief_window') }}

),

runs as (

    select * from {{ ref('stg_hmm__runs') }}

),

champion_states as (

    select * from {{ ref('int_champion_states') }}

),

state_keys as (

    select
        run_id,
        {{ array_in_order('state_key', 'state_id') }} as state_keys
    from champion_states
    where state_id > 0
    group by run_id

),

last_recorded as (

    select max(recorded.week_start) as week_start
    from {{ recorded_rows }} as recorded

),

-- The weeks that may have late rides and those since the last build, as far as the
-- champion has beliefs.
bounds as (

    select
        belief_window.run_id,
        runs.last_week_start as last_week_of_run,
        state_keys.state_keys,
        greatest(
            least(
                belief_window.lookback_week_start,
                coalesce(
                    {{ add_days('last_recorded.week_start', 7) }},
                    belief_window.lookback_week_start
                )
            ),
            coalesce(
                belief_window.first_belief_week_start,
                belief_window.lookback_week_start
            )
        ) as first_week_start
    from belief_window
    cross join last_recorded
    inner join runs
        on belief_window.run_id = runs.run_id
    inner join state_keys
        on belief_window.run_id = state_keys.run_id

),

ranked as (

    select
        recorded.user_id,
        recorded.week_start,
        recorded.revision,
        recorded.evidence_fingerprint,
        row_number() over (
            partition by recorded.user_id, recorded.week_start
            order by recorded.revision desc
        ) as recency
    from {{ recorded_rows }} as recorded
    where
        recorded.week_start >= (
            select bounds.first_week_start from bounds
        )

),

newest as (

    select * from ranked
    where recency = 1

),

known as (

    select
        user_week_panel.user_id,
        user_week_panel.week_start,
        user_week_panel.is_active,
        user_week_panel.n_rides,
        user_week_panel.has_completed_ride,
        user_beliefs.state_id,
        user_beliefs.state_probability,
        coalesce(user_beliefs.state_belief, user_beliefs.belief) as state_belief,
        user_beliefs.entropy,
        user_beliefs.user_level,
        bounds.run_id,
        bounds.state_keys,
        bounds.last_week_of_run,
        {{ weeks_between(
            'user_week_panel.filled_from_week_start', 'user_week_panel.week_start'
        ) }} as weeks_since_evidence,
        {{ evidence_fingerprint('user_week_panel') }} as evidence_fingerprint
    from user_week_panel
    inner join bounds
        on user_week_panel.week_start >= bounds.first_week_start
    left join user_beliefs
        on
            bounds.run_id = user_beliefs.run_id
            and user_week_panel.user_id = user_beliefs.user_id
            and user_week_panel.week_start = user_beliefs.week_start
    where
        not user_week_panel.has_completed_ride
        or user_beliefs.user_id is not null

),

compared as (

    select
        known.*,
        newest.revision as last_revision,
        min(
            case
                when known.evidence_fingerprint <> newest.evidence_fingerprint
                    then known.week_start
            end
        ) over (partition by known.user_id) as first_changed_week_start
    from known
    left join newest
        on
            known.user_id = newest.user_id
            and known.week_start = newest.week_start

),

added as (

    select
        user_id,
        week_start,
        run_id,
        weeks_since_evidence,
        n_rides,
        is_active,
        evidence_fingerprint,
        coalesce(last_revision + 1, 0) as revision,
        case when has_completed_ride then state_id else 0 end as state_id,
        case when has_completed_ride then state_probability else 1 end
            as state_probability,
        case when has_completed_ride then entropy else 0 end as entropy,
        {{ json_object(
            'case when has_completed_ride then state_keys else '
            ~ array_of(["'not_started'"]) ~ ' end',
            'case when has_completed_ride then state_belief else '
            ~ array_of([as_double(1)]) ~ ' end'
        ) }} as state_probabilities,
        case when has_completed_ride then user_level end as user_level,
        last_week_of_run > week_start as is_backfilled
    from compared
    where
        last_revision is null
        or week_start >= first_changed_week_start

),

named as (

    select
        added.user_id,
        added.week_start,
        added.revision,
        added.state_id,
        champion_states.state_key,
        added.state_probability,
        added.state_probabilities,
        added.entropy,
        added.user_level,
        added.weeks_since_evidence,
        added.n_rides,
        added.is_active,
        added.run_id,
        {{ dbt.current_timestamp() }} as known_at,
        added.is_backfilled,
        added.evidence_fingerprint
    from added
    inner join champion_states
        on added.state_id = champion_states.state_id

)

select * from named
