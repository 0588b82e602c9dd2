{#
    How the states changed from one champion to the next. Each state has its name in that
    run, or its label if it has one. Each run adds its rows once, at its first promotion.
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

-- A deleted run has no rows here; its states are shown under their current names.
promoted_names as (

    select
        states.run_id,
        states.state_key,
        case
            when state_names.name_source = 'label' then state_names.state_name
            else states.promoted_name
        end as state_name
    from states
    inner join state_names
        on states.state_key = state_names.state_key

),

first_promotions as (

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
        first_promotions.promoted_at,
        state_lineage.previous_run_id,
        state_lineage.relation,
        state_lineage.state_key,
        state_lineage.previous_state_key,
        state_lineage.n_shared_user_weeks,
        state_lineage.share_of_state,
        state_lineage.share_of_previous_state,
        state_lineage.emission_distance,
        coalesce(promoted_names.state_name, state_names.state_name) as state_name,
        coalesce(
            previous_promoted_names.state_name,
            previous_state_names.state_name
        ) as previous_state_name
    from state_lineage
    inner join first_promotions
        on state_lineage.run_id = first_promotions.run_id
    left join promoted_names
        on
            state_lineage.run_id = promoted_names.run_id
            and state_lineage.state_key = promoted_names.state_key
    left join promoted_names as previous_promoted_names
        on
            state_lineage.previous_run_id = previous_promoted_names.run_id
            and state_lineage.previous_state_key
            = previous_promoted_names.state_key
    left join state_names
        on state_lineage.state_key = state_names.state_key
    left join state_names as previous_state_names
        on state_lineage.previous_state_key = previous_state_names.state_key

)

select * from named
