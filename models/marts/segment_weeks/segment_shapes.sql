{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='as_of_week_start',
    on_schema_change='append_new_columns',
    pre_hook="{{ forget_other_runs(this, ref('stg_segments__champion')) }}",
) }}
{#
    Where the customers of each segment were in each week since the fit, and how far apart:
    what segmentation_quality needs of them.
#}
{%- set recorded_rows = rows_so_far(this, {
    'as_of_week_start': 'date', 'run_id': dbt.type_string(), 'week_known_at': type_instant(),
}) %}

with

weekly_segments as (

    select * from {{ ref('customer_weekly_segments') }}

),

snapshots as (

    select * from {{ ref('customer_scaled_snapshots') }}

),

scored_weeks as (

    select
        as_of_week_start,
        run_id,
        max(week_known_at) as week_known_at
    from weekly_segments
    where not is_before_fit
    group by as_of_week_start, run_id

),

weeks as (

    {{ weeks_to_score('scored_weeks', recorded_rows) }}

),

placed as (

    select
        weekly_segments.as_of_week_start,
        weekly_segments.segment_id,
        {%- for feature in model_features() %}
        snapshots.{{ feature }},
        {%- endfor %}
        case
            when weekly_segments.second_distance > 0
                then
                    1 - weekly_segments.nearest_distance
                    / weekly_segments.second_distance
            when weekly_segments.second_distance = 0 then 0
        end as silhouette,
        weekly_segments.run_id,
        weekly_segments.week_known_at
    from weekly_segments
    inner join weeks
        on weekly_segments.as_of_week_start = weeks.as_of_week_start
    inner join snapshots
        on
            weekly_segments.customer_id = snapshots.customer_id
            and weekly_segments.as_of_week_start = snapshots.as_of_week_start

),

centred as (

    select
        as_of_week_start,
        segment_id,
        count(*) as n_customers,
        {%- for feature in model_features() %}
        {{ exact_sum(feature, 12) }} / count(*) as {{ feature }},
        {%- endfor %}
        {{ exact_sum('silhouette', 12) }} / count(*) as simplified_silhouette,
        run_id,
        week_known_at
    from placed
    group by as_of_week_start, segment_id, run_id, week_known_at

),

-- How far customers are from the mean of their segment in this week.
spread as (

    select
        placed.as_of_week_start,
        placed.segment_id,
        {{ exact_sum(
            'sqrt(' ~ squared_distance('placed', 'centred') ~ ')', 12
        ) }} / count(*) as mean_distance
    from placed
    inner join centred
        on
            placed.as_of_week_start = centred.as_of_week_start
            and placed.segment_id = centred.segment_id
    group by placed.as_of_week_start, placed.segment_id

),

described as (

    select
        centred.as_of_week_start,
        centred.segment_id,
        centred.n_customers,
        {%- for feature in model_features() %}
        centred.{{ feature }},
        {%- endfor %}
        spread.mean_distance,
        centred.simplified_silhouette,
        centred.run_id,
        centred.week_known_at
    from centred
    inner join spread
        on
            centred.as_of_week_start = spread.as_of_week_start
            and centred.segment_id = spread.segment_id

)

select * from described
