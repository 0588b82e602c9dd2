{#
    The checks to read before trusting the numbers, each with its warning threshold.
    Over 170 lines, because every kind of check has its own source here.
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

segmentation_quality as (

    select * from {{ ref('segmentation_quality') }}

),

propensity_calibration as (

    select * from {{ ref('propensity_calibration') }}

),

targets as (

    select * from {{ ref('propensity_targets') }}

),

outbox_status as (

    select * from {{ ref('outbox_status') }}

),

webhooks as (

    select * from {{ ref('webhooks') }}

),

thresholds as (

    select * from {{ ref('quality_thresholds') }}

),

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

-- One row even without segments: an aggregate of no rows is null.
newest_segmentation as (

    select
        max(share_drift) as share_drift,
        max(mix_drift) as mix_drift,
        max(separation_ratio) - 1 as separation_change,
        1 - max(kept_share) as left_share
    from segmentation_quality
    where
        as_of_week_start = (
            select max(latest.as_of_week_start) from segmentation_quality as latest
        )

),

-- Weeks with fewer customers are far off by chance.
calibrated_weeks as (

    select
        target,
        avg(calibration_error) as calibration_error,
        row_number() over (
            partition by target order by as_of_week_start desc
        ) as recency
    from propensity_calibration
    where
        evidence = 'live'
        and n_customers >= 100
    group by target, as_of_week_start

),

enabled_endpoints as (

    select count(*) as n_endpoints
    from webhooks
    where is_enabled

),

-- Null while there is no endpoint that could take anything.
outbox_counts as (

    select
        case
            when
                count(outbox_status.message_id) > 0
                or max(enabled_endpoints.n_endpoints) > 0
                then count(case when outbox_status.status = 'dead' then 1 end)
        end as n_dead,
        case
            when
                count(outbox_status.message_id) > 0
                or max(enabled_endpoints.n_endpoints) > 0
                then
                    count(
                        case
                            when
                                outbox_status.status in (
                                    'waiting', 'not_sent', 'endpoint_disabled'
                                )
                                and outbox_status.written_at
                                < {{ seconds_after(current_instant(), -86400) }}
                                then 1
                        end
                    )
        end as n_late
    from enabled_endpoints
    left join outbox_status on true

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
    {%- for quality in ['ride_quality', 'model_quality', 'forecast_quality'] %}
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
    {%- for check_name, value in {
        'outbox_dead_letters': 'n_dead', 'outbox_late_messages': 'n_late',
    }.items() %}
    union all
    select
        '{{ check_name }}' as check_name,
        'outbox' as subject,
        cast({{ value }} as {{ type_double() }}) as measured_value,
        cast(null as {{ dbt.type_string() }}) as found
    from outbox_counts
    {%- endfor %}
    {%- for check_name, value in {
        'segment_share_change': 'share_drift',
        'segment_mix_drift': 'mix_drift',
        'segment_separation': 'separation_change',
        'segments_left': 'left_share',
    }.items() %}
    union all
    select
        '{{ check_name }}' as check_name,
        'segments' as subject,
        {{ value }} as measured_value,
        cast(null as {{ dbt.type_string() }}) as found
    from newest_segmentation
    {%- endfor %}
    union all
    select
        'propensity_calibration' as check_name,
        targets.target as subject,
        avg(calibrated_weeks.calibration_error) as measured_value,
        cast(null as {{ dbt.type_string() }}) as found
    from targets
    left join calibrated_weeks
        on
            targets.target = calibrated_weeks.target
            and calibrated_weeks.recency <= 8
    group by targets.target

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
