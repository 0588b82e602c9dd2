{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
) }}
{#
    How the features of customers were scaled in the newest as-of week of each build. Rows
    are added and never changed: the first build of a week counts, and another method of
    the var customer_feature_scaling adds rows of its own.
#}
{%- set recorded_rows = rows_so_far(this, {
    'as_of_week_start': 'date',
    'feature': dbt.type_string(),
    'scaling_method': dbt.type_string(),
}) -%}

with

scaling as (

    select * from {{ ref('int_customer_feature_scaling') }}

),

added as (

    select
        scaling.as_of_week_start,
        scaling.feature,
        scaling.scaling_method,
        scaling.centre,
        scaling.spread,
        scaling.n_customers,
        scaling.n_missing,
        scaling.is_constant,
        {{ dbt.current_timestamp() }} as known_at
    from scaling
    left join {{ recorded_rows }} as recorded
        on
            scaling.as_of_week_start = recorded.as_of_week_start
            and scaling.feature = recorded.feature
            and scaling.scaling_method = recorded.scaling_method
    where recorded.feature is null

)

select * from added
