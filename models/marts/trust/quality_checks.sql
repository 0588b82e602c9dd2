{#
    The checks to read before trusting the numbers, each with its warning threshold.
#}
with

ride_checks as (

    select * from {{ ref('int_ride_quality') }}

),

model_checks as (

    select * from {{ ref('int_model_quality') }}

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
    from ride_checks
    union all
    select
        check_name,
        subject,
        measured_value
    from model_checks

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
