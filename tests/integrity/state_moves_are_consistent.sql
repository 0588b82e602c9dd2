{#
    The moves of a user form one chain: each move leaves the state that the previous one
    entered, and the first leaves none. Weeks and move numbers rise together, and no move
    leaves and enters the same state. The state entered last is the one first known for the
    weeks since, as far as moves have been recorded.
#}
with

state_moves as (

    select * from {{ ref('state_moves') }}

),

known_states as (

    select * from {{ ref('user_weekly_states_as_of') }}

),

chained as (

    select
        user_id,
        week_start,
        from_state_key,
        to_state_key,
        lag(to_state_key) over numbered as entered_before,
        lag(week_start) over numbered as week_before,
        lead(week_start) over numbered as week_after
    from state_moves
    window numbered as (partition by user_id order by move_number)

),

broken as (

    select
        user_id,
        week_start,
        'a move does not follow from the one before' as problem
    from chained
    where
        from_state_key is distinct from entered_before
        or to_state_key = from_state_key
        or week_start <= week_before

),

different_states as (

    select
        chained.user_id,
        known_states.week_start,
        'the state entered is not the one that was known' as problem
    from chained
    inner join known_states
        on
            chained.user_id = known_states.user_id
            and chained.week_start <= known_states.week_start
    where
        known_states.revision = 0
        and chained.to_state_key <> known_states.state_key
        and known_states.week_start < coalesce(
            chained.week_after,
            (
                select {{ add_days('max(latest.week_start)', 7) }}
                from known_states as latest
            )
        )

),

combined as (

    select * from broken
    union all
    select * from different_states

)

select * from combined
