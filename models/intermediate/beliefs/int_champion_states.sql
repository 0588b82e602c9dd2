{#
    The states of the champion with the names that people see, and state 0 for the weeks
    before a user's first completed ride, which no model describes.
#}
with

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

states as (

    select * from {{ ref('stg_hmm__states') }}

),

state_names as (

    select * from {{ ref('int_state_names') }}

),

champion_states as (

    select
        states.run_id,
        states.state_id,
        states.state_key,
        states.automatic_description
    from states
    inner join champion
        on states.run_id = champion.run_id
    union all
    select
        run_id,
        0 as state_id,
        'not_started' as state_key,
        null as automatic_description
    from champion

),

-- The label's description, else this run's, else that of the run that created the key.
named as (

    select
        champion_states.run_id,
        champion_states.state_id,
        champion_states.state_key,
        state_names.state_name,
        {{ sort_name('champion_states.state_id', 'state_names.state_name') }}
            as state_sort_name,
        coalesce(
            state_names.label_description,
            champion_states.automatic_description,
            state_names.first_description
        ) as description
    from champion_states
    inner join state_names
        on champion_states.state_key = state_names.state_key

)

select * from named
