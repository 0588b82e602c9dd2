{#
    The certificate of the newest fit, whether or not it published anything: one row per
    way to divide customers, and outcome by which they were judged.
#}
with

runs as (

    select * from {{ ref('stg_segments__runs') }}

),

divisions as (

    select * from {{ ref('stg_segments__divisions') }}

),

scores as (

    select * from {{ ref('stg_segments__division_scores') }}

),

ranked as (

    select
        run_id,
        row_number() over (order by created_at desc, run_id desc) as recency
    from runs

),

-- A division without a score has a row for each outcome, too.
outcomes as (

    select distinct
        scores.run_id,
        scores.outcome,
        scores.is_deciding
    from scores
    inner join ranked
        on scores.run_id = ranked.run_id
    where ranked.recency = 1

),

listed as (

    select
        divisions.run_id,
        divisions.division,
        divisions.label,
        divisions.kind,
        divisions.setting,
        divisions.n_segments,
        divisions.smallest_share,
        divisions.coverage,
        divisions.inertia,
        divisions.silhouette,
        divisions.davies_bouldin,
        divisions.stability,
        divisions.stability_over_windows,
        divisions.given_back_share,
        divisions.is_elbow,
        divisions.is_best_silhouette,
        divisions.is_chosen,
        divisions.is_published,
        divisions.why_not,
        outcomes.outcome,
        outcomes.is_deciding,
        scores.n_customers,
        scores.n_customer_weeks,
        scores.log_score,
        scores.gain_over_base,
        scores.gain_over_base_low,
        scores.gain_over_base_high,
        scores.gain_over_rfm,
        scores.gain_over_rfm_low,
        scores.gain_over_rfm_high
    from divisions
    inner join outcomes
        on divisions.run_id = outcomes.run_id
    left join scores
        on
            divisions.run_id = scores.run_id
            and divisions.division = scores.division
            and outcomes.outcome = scores.outcome

)

select * from listed
