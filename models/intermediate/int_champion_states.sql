{#
    The states of the champion run with the names that people see, and state 0 for
    the weeks before a user's first completed ride, which no model describes.
#}
with

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

states as (

    select * from {{ ref('stg_hmm__states') }}

),

state_labels as (

    select * from {{ ref('state_labels') }}

),

named as (

    select
        states.run_id,
        states.state_id,
        states.state_key,
        coalesce(
            state_labels.state_name, 'State ' || cast(states.state_id as text)
        ) as state_name,
        state_labels.description
    from states
    inner join champion
        on states.run_id = champion.run_id
    left join state_labels
        on states.state_key = state_labels.state_key

),

not_started as (

    select
        run_id,
        0 as state_id,
        'not_started' as state_key,
        'Not started' as state_name,
        'Has asked for rides, but has not completed one yet.' as description
    from champion

),

combined as (

    select * from named
    union all
    select * from not_started

)

select * from combined
