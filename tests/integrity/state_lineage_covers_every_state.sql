{#
    Each state of a run with recorded lineage appears once, as kept, new or split. It has
    the previous state's key if it was kept, and only then.
#}
with

states as (

    select * from {{ ref('stg_hmm__states') }}

),

state_lineage as (

    select * from {{ ref('state_lineage') }}

),

recorded as (

    select distinct run_id from state_lineage

),

lineage_counts as (

    select
        run_id,
        state_key,
        count(*) as n_rows,
        count(
            case
                when
                    (relation = 'kept')
                    <> (state_key = coalesce(previous_state_key, ''))
                    then 1
            end
        ) as n_wrong_keys
    from state_lineage
    where relation in ('kept', 'new', 'split')
    group by run_id, state_key

),

compared as (

    select
        states.run_id,
        states.state_id,
        states.state_key,
        lineage_counts.n_rows,
        lineage_counts.n_wrong_keys
    from states
    inner join recorded
        on states.run_id = recorded.run_id
    left join lineage_counts
        on
            states.run_id = lineage_counts.run_id
            and states.state_key = lineage_counts.state_key
    where
        lineage_counts.n_rows is null
        or lineage_counts.n_rows <> 1
        or lineage_counts.n_wrong_keys > 0

)

select * from compared
