{# How far other methods of explanation agree with SHAP, for each target's champion. #}
with

runs as (

    select * from {{ ref('int_propensity_runs') }}

),

opinions as (

    select * from {{ ref('stg_propensity__second_opinions') }}

),

listed as (

    select
        runs.target,
        opinions.method,
        opinions.n_customers,
        opinions.top_three_agreement,
        opinions.rank_correlation,
        opinions.note,
        opinions.compared_at,
        runs.champion_run_id as run_id
    from runs
    inner join opinions
        on runs.champion_run_id = opinions.run_id

)

select * from listed
