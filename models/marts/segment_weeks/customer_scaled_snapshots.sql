{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='as_of_week_start',
    on_schema_change='append_new_columns',
    pre_hook="{{ forget_other_runs(this, ref('stg_segments__champion')) }}",
) }}
{#
    What the champion's segments read of each customer at the end of each week: filled,
    transformed and scaled as at the fit. The same numbers as
    scripts/user_states/segments/snapshot_features.py.

    A null takes the default of the seed customer_features: a number, or the median of the
    week's customers who have a value.
#}
{%- set recorded_rows = rows_so_far(this, {
    'as_of_week_start': 'date', 'run_id': dbt.type_string(), 'week_known_at': type_instant(),
}) %}

with

snapshots as (

    select * from {{ ref('customer_snapshots') }}

),

-- One row, or none without a champion.
rules as (

    select * from {{ ref('int_segment_scaling') }}

),

snapshot_weeks as (

    select
        snapshots.as_of_week_start,
        rules.run_id,
        max(snapshots.known_at) as week_known_at
    from snapshots
    cross join rules
    group by snapshots.as_of_week_start, rules.run_id

),

weeks as (

    {{ weeks_to_score('snapshot_weeks', recorded_rows) }}

),

ranked as (

    select
        snapshots.*,
        weeks.run_id,
        weeks.week_known_at,
        row_number() over (
            partition by snapshots.customer_id, snapshots.as_of_week_start
            order by snapshots.revision desc
        ) as recency
    from snapshots
    inner join weeks
        on snapshots.as_of_week_start = weeks.as_of_week_start

),

newest as (

    select
        customer_id,
        as_of_week_start,
        {%- for feature in model_features() %}
        {{ model_feature_number(feature) }} as {{ feature }},
        {%- endfor %}
        run_id,
        week_known_at
    from ranked
    where recency = 1

),

medians as (

    select
        newest.as_of_week_start,
        {%- for feature in model_features() %}
        percentile_cont(0.5) within group (
            order by case when rules.has_median_{{ feature }} then {{ feature }} end
        ) as {{ feature }}{{ ',' if not loop.last }}
        {%- endfor %}
    from newest
    cross join rules
    group by newest.as_of_week_start

),

filled as (

    select
        newest.customer_id,
        newest.as_of_week_start,
        {%- for feature in model_features() %}
        coalesce(newest.{{ feature }}, rules.default_{{ feature }}, medians.{{ feature }})
            as {{ feature }},
        {%- endfor %}
        newest.run_id,
        newest.week_known_at
    from newest
    inner join medians
        on newest.as_of_week_start = medians.as_of_week_start
    cross join rules

),

scaled as (

    select
        filled.customer_id,
        filled.as_of_week_start,
        {%- for feature in model_features() %}
        (
            case
                when rules.is_logarithm_{{ feature }}
                    then ln(1 + filled.{{ feature }})
                else filled.{{ feature }}
            end - rules.centre_{{ feature }}
        ) / rules.spread_{{ feature }} as {{ feature }},
        {%- endfor %}
        {%- for feature in model_features() %}
        {{ 'and ' if not loop.first }}(
            rules.spread_{{ feature }} is null
            or filled.{{ feature }} is not null
        )
        {%- endfor %}
            as has_all_features,
        filled.run_id,
        filled.week_known_at
    from filled
    cross join rules

)

select * from scaled
