{#
    What became of the states from champion to champion, under the names that people
    see now. One block of rows for each run, from its first promotion.
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
        state_names.state_name,
        state_lineage.previous_state_key,
        previous_names.state_name as previous_state_name,
        state_lineage.n_shared_user_weeks,
        state_lineage.share_of_state,
        state_lineage.share_of_previous_state,
        state_lineage.emission_distance
    from state_lineage
    inner join promoted
        on state_lineage.run_id = promoted.run_id
    left join state_names
        on state_lineage.state_key = state_names.state_key
    left join state_names as previous_names
        on state_lineage.previous_state_key = previous_names.state_key

)

select * from named
