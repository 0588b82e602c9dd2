{#
    One row per target of the seed, with what its newest fit found, whether or not it published
    anything, with the run whose scores are shown, and with the reason if the newest try could
    not be fitted.
#}
{%- set rivals = {'base': 'base_rate', 'recency': 'recency_bucket', 'rfm': 'rfm'} -%}
{%- set ends = ['', '_low', '_high'] -%}

with

targets as (

    select * from {{ ref('propensity_targets') }}

),

runs as (

    select * from {{ ref('int_propensity_runs') }}

),

fits as (

    select * from {{ ref('stg_propensity__fits') }}

),

candidates as (

    select * from {{ ref('stg_propensity__candidates') }}

),

classes as (

    select * from {{ ref('stg_propensity__classes') }}

),

refusals as (

    select * from {{ ref('stg_propensity__refusals') }}

),

-- Of several classes there is no one rate.
rates as (

    select
        run_id,
        max(base_rate) as base_rate
    from classes
    where is_forecast
    group by run_id
    having count(*) = 1

),

chosen as (

    select * from candidates
    where is_chosen

),

described as (

    select
        targets.target,
        targets.title,
        targets.words,
        targets.outcome,
        targets.horizon_weeks,
        targets.population,
        runs.run_id,
        fits.is_published,
        fits.is_forced,
        fits.sentence,
        fits.n_customers,
        fits.n_rows,
        fits.n_positives,
        rates.base_rate,
        fits.chosen,
        chosen.label as chosen_label,
        chosen.log_loss,
        chosen.auc,
        chosen.calibration_error,
        {% for name in rivals %}
        {% for end in ends %}
        over_{{ name }}.chosen_gain{{ end }} as gain_over_{{ name }}{{ end }},
        {% endfor %}
        {% endfor %}
        fits.first_week_start,
        fits.as_of_week_start,
        runs.champion_run_id,
        runs.run_id is not null as is_tried,
        refusals.reason as refusal,
        refusals.refused_at
    from targets
    inner join runs
        on targets.target = runs.target
    left join fits
        on runs.run_id = fits.run_id
    left join refusals
        on targets.target = refusals.target
    left join rates
        on runs.run_id = rates.run_id
    left join chosen
        on runs.run_id = chosen.run_id
    {% for name, rival in rivals.items() %}
    left join candidates as over_{{ name }}
        on
            runs.run_id = over_{{ name }}.run_id
            and over_{{ name }}.candidate = '{{ rival }}'
    {% endfor %}

)

select * from described
