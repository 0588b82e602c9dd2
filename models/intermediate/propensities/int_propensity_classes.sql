{# The classes whose probability the champion of each target publishes. #}
with

runs as (

    select * from {{ ref('int_propensity_runs') }}

),

classes as (

    select * from {{ ref('stg_propensity__classes') }}

),

published as (

    select
        runs.target,
        runs.champion_run_id as run_id,
        classes.class_number,
        classes.class_name as outcome_class,
        classes.base_rate
    from runs
    inner join classes
        on runs.champion_run_id = classes.run_id
    where classes.is_forecast

)

select * from published
