{#
    The name that people see for every key: its label from the seed state_labels, else
    the key's current name. Also for keys of states that have ended.
#}
with

state_keys as (

    select * from {{ ref('stg_hmm__state_keys') }}

),

state_labels as (

    select
        {{ trimmed_id('state_key') }} as state_key,
        state_name,
        description
    from {{ ref('state_labels') }}

),

keyed as (

    select
        state_key,
        current_name,
        'automatic' as name_source,
        first_description
    from state_keys
    union all
    select
        'not_started' as state_key,
        'Not started' as current_name,
        'fixed' as name_source,
        'Has asked for rides, but has not completed one yet.' as first_description

),

named as (

    select
        keyed.state_key,
        keyed.first_description,
        state_labels.description as label_description,
        coalesce(state_labels.state_name, keyed.current_name) as state_name,
        case
            when state_labels.state_key is null then keyed.name_source
            else 'label'
        end as name_source
    from keyed
    left join state_labels
        on keyed.state_key = state_labels.state_key

)

select * from named
