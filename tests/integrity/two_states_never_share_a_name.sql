{#
    No two states are shown by one name, those of earlier runs included: people would
    take them for the same. A label that is another state's name stops the build here:
    choose another in seeds/state_labels.csv. Capital letters and outer spaces make no
    difference.
#}
with

state_names as (

    select * from {{ ref('int_state_names') }}

),

shared as (

    select
        lower(trim(state_name)) as state_name,
        count(*) as n_states,
        min(state_key) as one_state_key,
        max(state_key) as another_state_key
    from state_names
    group by lower(trim(state_name))
    having count(*) > 1

)

select * from shared
