{#
    The checks to read before trusting the numbers, each with its warning threshold.
#}
with

log_quality as (

    select * from {{ ref('int_log_quality') }}

),

ride_quality as (

    select * from {{ ref('int_ride_quality') }}

),

rejection_quality as (

    select * from {{ ref('int_rejection_quality') }}

),

model_quality as (

    select * from {{ ref('int_model_quality') }}

),

feature_drift as (

    select * from {{ ref('feature_drift') }}

),

forecast_quality as (

    select * from {{ ref('forecast_quality') }}

),

segment_checks as (

    select * from {{ ref('segment_checks') }}

),

thresholds as (

    select * from {{ ref('quality_thresholds') }}

),

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

measured as (

    select
        check_name,
        subject,
        measured_value,
        found
    from log_quality
    union all
    select
        check_name,
        subject,
        measured_value,
        found
    from rejection_quality
    {%- for quality in ['ride_quality', 'model_quality', 'forecast_quality', 'segment_checks'] %}
    union all
    select
        check_name,
        subject,
        measured_value,
        cast(null as {{ dbt.type_string() }}) as found
    from {{ quality }}
    {%- endfor %}
    union all
    select
        'feature_drift' as check_name,
        feature as subject,
        population_stability_index as measured_value,
        cast(null as {{ dbt.type_string() }}) as found
    from feature_drift

),

judged as (

    select
        measured.check_name,
        measured.subject,
        thresholds.title,
        measured.measured_value,
        thresholds.threshold,
        thresholds.unit,
        measured.found,
        thresholds.what_to_do,
        champion.run_id,
        coalesce(measured.measured_value > thresholds.threshold, false)
            as is_warning,
        case
            when measured.measured_value is null
                then thresholds.when_not_measured
        end as not_measured_because
    from measured
    inner join thresholds
        on measured.check_name = thresholds.check_name
    left join champion on true

)

select * from judged
