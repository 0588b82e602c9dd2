{#
    The checks to read before trusting the numbers, each with its warning threshold.
#}
with

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
        measured_value
    from ride_quality
    union all
    select
        check_name,
        subject,
        measured_value
    from rejection_quality
    union all
    select
        check_name,
        subject,
        measured_value
    from model_quality
    union all
    select
        'feature_drift' as check_name,
        feature as subject,
        population_stability_index as measured_value
    from feature_drift
    union all
    select
        check_name,
        subject,
        measured_value
    from forecast_quality

),

judged as (

    select
        measured.check_name,
        measured.subject,
        thresholds.title,
        measured.measured_value,
        thresholds.threshold,
        thresholds.unit,
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
