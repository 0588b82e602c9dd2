{#
    Every state of a run whose lineage was recorded is told of once, as kept, new or
    split; and it has the previous state's key where it is kept, and nowhere else.
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

told as (

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
        told.n_rows,
        told.n_wrong_keys
    from states
    inner join recorded
        on states.run_id = recorded.run_id
    left join told
        on
            states.run_id = told.run_id
            and states.state_key = told.state_key
    where
        told.n_rows is null
        or told.n_rows <> 1
        or told.n_wrong_keys > 0

)

select * from compared
