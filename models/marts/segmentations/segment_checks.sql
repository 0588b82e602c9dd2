{#
    The figures of the newest week of segmentation_quality that have a limit: one row per
    check, with a null where it cannot be measured yet.
#}
with

quality as (

    select * from {{ ref('segmentation_quality') }}

),

-- One row even without segments: an aggregate of no rows is null.
newest as (

    select
        max(share_drift) as share_drift,
        max(mix_drift) as mix_drift,
        max(separation_ratio) as separation_ratio,
        max(kept_share) as kept_share
    from quality
    where
        as_of_week_start = (
            select max(latest.as_of_week_start) from quality as latest
        )

),

measured as (

    {% for check_name, value in {
        'segment_share_change': 'share_drift',
        'segment_mix_drift': 'mix_drift',
        'segment_separation': 'separation_ratio - 1',
        'segments_left': '1 - kept_share',
    }.items() -%}
    select
        '{{ check_name }}' as check_name,
        'segments' as subject,
        {{ value }} as measured_value
    from newest
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from measured
