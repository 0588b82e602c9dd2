{{ config(severity='warn') }}
{#
    Labels whose state_key was never minted have no effect: the key may be misspelt or
    belong to another warehouse. The mart `state_names` lists all keys.
#}
with

state_labels as (

    select
        {{ trimmed_id('state_key') }} as state_key,
        state_name
    from {{ ref('state_labels') }}

),

state_names as (

    select * from {{ ref('int_state_names') }}

),

unknown as (

    select
        state_labels.state_key,
        state_labels.state_name
    from state_labels
    left join state_names
        on state_labels.state_key = state_names.state_key
    where state_names.state_key is null

)

select * from unknown
