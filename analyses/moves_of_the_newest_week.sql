{#
    Who changed state in the newest week, as known? What a tool that reads state_moves gets
    with the newest week, without everyone's first entry, and with names.
#}
with

state_moves as (

    select * from {{ ref('state_moves') }}

),

states as (

    select * from {{ ref('states') }}

),

last_week as (

    select max(week_start) as week_start from state_moves

)

select
    state_moves.move_number,
    state_moves.user_id,
    state_moves.week_start,
    state_moves.is_new_model,
    coalesce(from_states.state_name, state_moves.from_state_key) as from_state,
    coalesce(to_states.state_name, state_moves.to_state_key) as to_state
from state_moves
inner join last_week
    on state_moves.week_start = last_week.week_start
left join states as from_states
    on state_moves.from_state_key = from_states.state_key
left join states as to_states
    on state_moves.to_state_key = to_states.state_key
where not state_moves.is_first_entry
order by state_moves.move_number
