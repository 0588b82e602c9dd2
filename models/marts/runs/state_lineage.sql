{#
    What became of the states from champion to champion, under the names that each run
    gave them; labels of people go before. One block of rows for each run, from its first
    promotion.
#}
with

state_lineage as (

    select * from {{ ref('stg_hmm__state_lineage') }}

),

promotions as (

    select * from {{ ref('stg_hmm__promotions') }}

),

state_names as (

    select * from {{ ref('int_state_names') }}

),

states as (

    select * from {{ ref('stg_hmm__states') }}

),

-- Of runs that were removed there is only what the state is called now.
called as (

    select
        states.run_id,
        states.state_key,
        case
            when state_names.name_source = 'label' then state_names.state_name
            else states.given_name
        end as state_name
    from states
    inner join state_names
        on states.state_key = state_names.state_key

),

promoted as (

    select
        run_id,
        min(promoted_at) as promoted_at
    from promotions
    group by run_id

),

named as (

    select
        state_lineage.run_id,
        state_lineage.lineage_position,
        promoted.promoted_at,
        state_lineage.previous_run_id,
        state_lineage.relation,
        state_lineage.state_key,
        state_lineage.previous_state_key,
        state_lineage.n_shared_user_weeks,
        state_lineage.share_of_state,
        state_lineage.share_of_previous_state,
        state_lineage.emission_distance,
        coalesce(called.state_name, state_names.state_name) as state_name,
        coalesce(previous_called.state_name, previous_names.state_name)
            as previous_state_name
    from state_lineage
    inner join promoted
        on state_lineage.run_id = promoted.run_id
    left join called
        on
            state_lineage.run_id = called.run_id
            and state_lineage.state_key = called.state_key
    left join called as previous_called
        on
            state_lineage.previous_run_id = previous_called.run_id
            and state_lineage.previous_state_key = previous_called.state_key
    left join state_names
        on state_lineage.state_key = state_names.state_key
    left join state_names as previous_names
        on state_lineage.previous_state_key = previous_names.state_key

)

select * from named
