{#
    What was known of each week when it ended, compared with what the champion's
    decode says now. States are compared by key, so runs that found the same states
    can be compared. Runs with other states cannot: everyone in a state that no longer
    exists would count as revised.
#}
with

recorded as (

    select * from {{ ref('user_weekly_states_as_of') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

state_names as (

    select * from {{ ref('int_state_names') }}

),

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

states as (

    select * from {{ ref('stg_hmm__states') }}

),

champion_states as (

    select * from {{ ref('int_champion_states') }}

),

settled_weeks as (

    select * from {{ ref('int_settled_weeks') }}

),

key_sets as (

    select
        run_id,
        {{ array_in_order('state_key', 'state_key') }} as state_keys
    from states
    group by run_id

),

comparable_runs as (

    select key_sets.run_id
    from champion
    inner join key_sets as champion_keys
        on champion.run_id = champion_keys.run_id
    inner join key_sets
        on champion_keys.state_keys = key_sets.state_keys

),

decoded as (

    select
        user_id,
        week_start,
        state_key,
        run_id
    from user_weekly_states
    where state_source = 'decoded'

),

first_known as (

    select recorded.*
    from recorded
    inner join comparable_runs
        on recorded.run_id = comparable_runs.run_id
    where recorded.revision = 0

),

revised as (

    select
        user_id,
        week_start,
        max(revision) as n_late_revisions
    from recorded
    group by user_id, week_start

),

counted as (

    select
        first_known.week_start,
        first_known.state_key,
        decoded.run_id,
        count(*) as n_user_weeks,
        count(case when first_known.is_backfilled then 1 end)
            as n_backfilled_user_weeks,
        count(case when revised.n_late_revisions > 0 then 1 end)
            as n_user_weeks_with_late_rides,
        count(case when first_known.state_key <> decoded.state_key then 1 end)
            as n_revised_user_weeks,
        avg(first_known.state_probability) as mean_state_probability,
        avg(
            coalesce(
                {{ json_number(
                    'first_known.state_probabilities', 'decoded.state_key'
                ) }},
                0
            )
        ) as mean_probability_of_decoded_state
    from first_known
    inner join decoded
        on
            first_known.user_id = decoded.user_id
            and first_known.week_start = decoded.week_start
    inner join revised
        on
            first_known.user_id = revised.user_id
            and first_known.week_start = revised.week_start
    group by first_known.week_start, first_known.state_key, decoded.run_id

),

named as (

    select
        counted.week_start,
        counted.state_key,
        coalesce(state_names.state_name, counted.state_key) as state_name,
        champion_states.state_sort_name,
        counted.n_user_weeks,
        counted.n_backfilled_user_weeks,
        counted.n_user_weeks_with_late_rides,
        counted.n_revised_user_weeks,
        {{ share('counted.n_revised_user_weeks', 'counted.n_user_weeks') }}
            as revised_share,
        counted.mean_state_probability,
        counted.mean_probability_of_decoded_state,
        counted.week_start <= settled_weeks.last_settled_week_start
            as is_settled,
        counted.run_id
    from counted
    cross join settled_weeks
    left join state_names
        on counted.state_key = state_names.state_key
    left join champion_states
        on counted.state_key = champion_states.state_key

)

select * from named
