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
        states.automatic_description,
        states.mean_rides
    from states
    inner join champion
        on states.run_id = champion.run_id
    union all
    select
        run_id,
        0 as state_id,
        'not_started' as state_key,
        null as automatic_description,
        null as mean_rides
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
        {{ short_name('state_names.state_name') }} as short_name,
        -- Less than a ride in ten weeks. Nobody in state 0 has fallen silent.
        coalesce(champion_states.mean_rides < 0.1, false) as is_silent,
        coalesce(
            state_names.label_description,
            champion_states.automatic_description,
            state_names.first_description
        ) as description
    from champion_states
    inner join state_names
        on champion_states.state_key = state_names.state_key

),

-- Of states whose short names are equal, the one that is called so keeps it.
ranked as (

    select
        *,
        row_number() over (
            partition by short_name
            order by length(state_name), state_id
        ) as place_of_name
    from named

),

distinguished as (

    select
        run_id,
        state_id,
        state_key,
        state_name,
        state_sort_name,
        case
            when place_of_name = 1 then short_name
            else
                rtrim(left(short_name, 19))
                || ' (' || cast(state_id as {{ dbt.type_string() }}) || ')'
        end as state_short_name,
        is_silent,
        description
    from ranked

)

select * from distinguished
