{#
    The register of runs: every stored fit, champion or not.
#}
with

runs as (

    select * from {{ ref('stg_hmm__runs') }}

),

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

candidates as (

    select * from {{ ref('stg_hmm__candidates') }}

),

promotions as (

    select * from {{ ref('stg_hmm__promotions') }}

),

chosen as (

    select
        run_id,
        next_week_log_score,
        base_log_score
    from candidates
    where is_chosen

),

promoted as (

    select
        run_id,
        count(*) as n_promotions,
        max(promoted_at) as last_promoted_at
    from promotions
    group by run_id

),

registered as (

    select
        runs.run_id,
        runs.created_at,
        promoted.last_promoted_at,
        runs.first_week_start,
        runs.last_week_start,
        runs.n_states,
        runs.emissions,
        runs.choice,
        runs.n_users,
        runs.n_user_weeks,
        chosen.next_week_log_score,
        chosen.base_log_score,
        runs.has_passed_guards,
        {{ json_texts('runs.defects', 'text') }} as defects,
        coalesce(promoted.n_promotions, 0) as n_promotions,
        champion.run_id is not null as is_champion
    from runs
    left join champion
        on runs.run_id = champion.run_id
    left join chosen
        on runs.run_id = chosen.run_id
    left join promoted
        on runs.run_id = promoted.run_id

)

select * from registered
