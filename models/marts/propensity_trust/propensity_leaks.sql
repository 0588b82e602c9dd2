{# Features that seem to know the outcome, by the newest fit of each target. #}
with

runs as (

    select * from {{ ref('int_propensity_runs') }}

),

leaks as (

    select * from {{ ref('stg_propensity__leaks') }}

),

listed as (

    select
        runs.target,
        leaks.feature,
        leaks.alone,
        leaks.lost,
        leaks.sentence,
        runs.run_id
    from runs
    inner join leaks
        on runs.run_id = leaks.run_id

)

select * from listed
