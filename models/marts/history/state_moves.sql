{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    full_refresh=false,
    indexes=[{'columns': ['move_number'], 'unique': True}],
    pre_hook=[
        "{{ renamed_columns(this, {
            'left_state_key': 'from_state_key', 'entered_state_key': 'to_state_key',
        }) }}",
        "{{ added_columns(this, {'is_first_entry': 'boolean'}) }}",
        "{{ filled_column(this, 'is_first_entry', 'from_state_key is null') }}",
    ],
) }}
{#
    Every change of a user's state, as known at the time, once each and in the order in
    which builds found it: a tool stores the largest move_number it has read and asks for
    larger ones. The first record of a week counts and revisions never do, so what a tool
    has read stays true. The moves of a user form a chain: each one leaves the state that
    the previous one entered.

    as known   week 1  k1     moves   week 1     –  → k1
               week 2  k1
               week 3  k2             week 3     k1 → k2
#}
with

known_states as (

    select * from {{ ref('user_weekly_states_as_of') }}

),

recorded as (

    select
        move_number,
        user_id,
        week_start,
        to_state_key,
        run_id
    from {{ rows_so_far(this, {
        'move_number': dbt.type_bigint(),
        'user_id': dbt.type_string(),
        'week_start': 'date',
        'to_state_key': dbt.type_string(),
        'run_id': dbt.type_string(),
    }) }} as moves

),

last_numbers as (

    select
        user_id,
        max(move_number) as move_number
    from recorded
    group by user_id

),

last_moves as (

    select
        recorded.user_id,
        recorded.week_start,
        recorded.to_state_key,
        recorded.run_id
    from recorded
    inner join last_numbers
        on recorded.move_number = last_numbers.move_number

),

-- Earlier builds have handled earlier weeks, and late rows only concern the last weeks.
-- One more week is read, to know the run of the week before.
new_weeks as (

    select
        known_states.user_id,
        known_states.week_start,
        known_states.state_key,
        known_states.known_at,
        known_states.run_id,
        lag(known_states.run_id) over (
            partition by known_states.user_id order by known_states.week_start
        ) as previous_run_id
    from known_states
    where
        known_states.revision = 0
        and known_states.week_start >= coalesce(
            (
                select
                    {{ add_days(
                        'max(recorded.week_start)',
                        -7 * (var('late_ride_weeks') + 1)
                    ) }}
                from recorded
            ),
            date '0001-01-01'
        )

),

-- Only weeks after the last recorded move: a late row for an earlier week can no longer
-- be inserted before it.
followed as (

    select
        new_weeks.user_id,
        new_weeks.week_start,
        new_weeks.state_key,
        new_weeks.known_at,
        new_weeks.run_id,
        coalesce(new_weeks.previous_run_id, last_moves.run_id) as previous_run_id,
        coalesce(
            lag(new_weeks.state_key) over (
                partition by new_weeks.user_id order by new_weeks.week_start
            ),
            last_moves.to_state_key
        ) as previous_state_key
    from new_weeks
    left join last_moves
        on new_weeks.user_id = last_moves.user_id
    where
        last_moves.week_start is null
        or new_weeks.week_start > last_moves.week_start

),

moved as (

    select
        coalesce((select max(recorded.move_number) from recorded), 0)
        + row_number() over (order by week_start, user_id) as move_number,
        user_id,
        week_start,
        previous_state_key as from_state_key,
        state_key as to_state_key,
        known_at,
        {{ dbt.current_timestamp() }} as recorded_at,
        previous_state_key is null as is_first_entry,
        coalesce(previous_run_id <> run_id, false) as is_new_model,
        run_id
    from followed
    where state_key is distinct from previous_state_key

)

select * from moved
