{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='as_of_week_start',
    on_schema_change='append_new_columns',
    pre_hook=[
        "{{ without_compilation() }}",
        "{{ forget_other_runs(this, ref('stg_segments__champion')) }}",
    ],
) }}
{#
    The champion's segment of each customer in each snapshot week, by the rule that its fit
    stored (int_segment_centres). The same segments as
    scripts/user_states/segments/segment_models.py gives. Weeks that are scored stay until
    late events change them, or another run becomes champion.
#}
{%- set recorded_rows = rows_so_far(this, {
    'as_of_week_start': 'date', 'run_id': dbt.type_string(), 'week_known_at': type_instant(),
}) %}

with

snapshots as (

    select * from {{ ref('customer_scaled_snapshots') }}

),

centres as (

    select * from {{ ref('int_segment_centres') }}

),

snapshot_weeks as (

    select
        as_of_week_start,
        run_id,
        max(week_known_at) as week_known_at
    from snapshots
    group by as_of_week_start, run_id

),

weeks as (

    {{ weeks_to_score('snapshot_weeks', recorded_rows) }}

),

-- A feature that the fit left out has neither mean nor factor, and adds nothing.
measured as (

    select
        snapshots.customer_id,
        snapshots.as_of_week_start,
        snapshots.run_id,
        snapshots.week_known_at,
        centres.segment_id,
        centres.rule,
        centres.fit_week_start,
        centres.score_offset,
        {%- for feature in model_features() %}
        coalesce(
            (snapshots.{{ feature }} - centres.mean_{{ feature }})
            * (snapshots.{{ feature }} - centres.mean_{{ feature }}), 0
        ) as square_{{ feature }},
        coalesce(centres.factor_{{ feature }}, 0) as factor_{{ feature }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from snapshots
    inner join weeks
        on snapshots.as_of_week_start = weeks.as_of_week_start
    inner join centres
        on snapshots.run_id = centres.run_id
    where snapshots.has_all_features
    {{ kept_apart() }}

),

scored as (

    select
        customer_id,
        as_of_week_start,
        run_id,
        week_known_at,
        segment_id,
        rule,
        fit_week_start,
        sqrt(
            {%- for feature in model_features() %}
            {{ '+ ' if not loop.first }}square_{{ feature }}
            {%- endfor %}
        ) as distance,
        score_offset
        {%- for feature in model_features() %}
        - factor_{{ feature }} * square_{{ feature }}
        {%- endfor %} as score
    from measured

),

ranked as (

    select
        scored.*,
        row_number() over (
            partition by scored.customer_id, scored.as_of_week_start
            order by scored.score desc, scored.segment_id asc
        ) as place,
        row_number() over (
            partition by scored.customer_id, scored.as_of_week_start
            order by scored.distance asc, scored.segment_id asc
        ) as distance_place,
        max(scored.score) over (
            partition by scored.customer_id, scored.as_of_week_start
        ) as best_score
    from scored

),

assigned as (

    select
        customer_id,
        as_of_week_start,
        run_id,
        week_known_at,
        rule,
        fit_week_start,
        max(case when place = 1 then segment_id end) as segment_id,
        max(case when distance_place = 1 then distance end) as nearest_distance,
        max(case when distance_place = 2 then distance end) as second_distance,
        sum({{ exp_of('score - best_score') }}) as relative_density
    from ranked
    group by
        customer_id, as_of_week_start, run_id, week_known_at, rule, fit_week_start

),

described as (

    select
        customer_id,
        as_of_week_start,
        segment_id,
        nearest_distance,
        second_distance,
        run_id,
        week_known_at,
        case when rule = 'mixture' then 1 / relative_density end as certainty,
        case when rule = 'nearest_centre' then second_distance - nearest_distance end
            as margin,
        as_of_week_start < fit_week_start as is_before_fit
    from assigned

)

select * from described
