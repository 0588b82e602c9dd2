{#
    What people call each state that ever had a key: a label where there is one, else
    the name that the register has for the key. It survives refits that leave it true.
#}
with

state_keys as (

    select * from {{ ref('stg_hmm__state_keys') }}

),

state_labels as (

    select * from {{ ref('state_labels') }}

),

keyed as (

    select
        state_key,
        minted_name as own_name,
        'automatic' as own_source,
        minted_description as own_description
    from state_keys
    union all
    select
        'not_started' as state_key,
        'Not started' as own_name,
        'fixed' as own_source,
        'Has asked for rides, but has not completed one yet.' as own_description

),

named as (

    select
        keyed.state_key,
        keyed.own_description,
        state_labels.description as label_description,
        coalesce(state_labels.state_name, keyed.own_name) as state_name,
        case
            when state_labels.state_key is null then keyed.own_source
            else 'label'
        end as name_source
    from keyed
    left join state_labels
        on keyed.state_key = state_labels.state_key

)

select * from named
