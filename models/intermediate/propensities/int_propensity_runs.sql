{#
    Which runs the marts show of each target of the seed: the newest one, for what was tried,
    and the champion, for what is published. Targets that the seed no longer has are left
    out.
#}
with

targets as (

    select * from {{ ref('propensity_targets') }}

),

runs as (

    select * from {{ ref('stg_propensity__runs') }}

),

champions as (

    select * from {{ ref('stg_propensity__champions') }}

),

ranked as (

    select
        target,
        run_id,
        row_number() over (
            partition by target order by created_at desc, run_id desc
        ) as recency
    from runs

),

listed as (

    select
        targets.target,
        ranked.run_id,
        champions.run_id as champion_run_id
    from targets
    left join ranked
        on
            targets.target = ranked.target
            and ranked.recency = 1
    left join champions
        on targets.target = champions.target

)

select * from listed
