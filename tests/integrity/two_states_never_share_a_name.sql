{#
    No two states have the same name, states of earlier runs included: readers would take
    them for one. If a label in seeds/state_labels.csv equals the name of another state, the
    build stops here: choose another label. Case and outer spaces do not count.
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
