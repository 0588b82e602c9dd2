{#
    How the champion's segments hold up, week by week since the fit, with the limits of the
    seed quality_thresholds: the same numbers as
    scripts/user_states/segments/weekly_watch.py.
#}
with

separation as (

    select * from {{ ref('segment_separation') }}

),

stability as (

    select * from {{ ref('segment_stability') }}

),

segments as (

    select * from {{ ref('int_champion_segments') }}

),

snapshots as (

    select * from {{ ref('customer_scaled_snapshots') }}

),

limits as (

    select * from {{ ref('quality_thresholds') }}

),

fits as (

    select distinct
        run_id,
        fit_week_start
    from segments

),

unassigned as (

    select
        as_of_week_start,
        count(case when not has_all_features then 1 end) as n_customers
    from snapshots
    group by as_of_week_start

),

measured as (

    select
        separation.as_of_week_start,
        separation.n_customers,
        unassigned.n_customers as n_without_segment,
        separation.davies_bouldin,
        separation.simplified_silhouette,
        stability.share_drift,
        stability.mix_drift,
        stability.kept_share,
        separation.run_id,
        separation.davies_bouldin / nullif(at_fit.davies_bouldin, 0)
            as separation_ratio
    from separation
    inner join fits
        on separation.run_id = fits.run_id
    left join separation as at_fit
        on fits.fit_week_start = at_fit.as_of_week_start
    left join unassigned
        on separation.as_of_week_start = unassigned.as_of_week_start
    left join stability
        on separation.as_of_week_start = stability.as_of_week_start

),

{%- set texts = {
    'segment_share_change': ('measured.share_drift', 'the share of a segment changed by ', ' % in four weeks'),
    'segment_mix_drift': ('measured.mix_drift', 'the mix of segments differs from that of the fit by ', ' hundredths'),
    'segment_separation': ('measured.separation_ratio - 1', 'segments are ', ' % less separate than at the fit'),
    'segments_left': ('1 - measured.kept_share', '', ' % of the customers left their segment within a week'),
} %}

-- Each figure beyond its limit.
alarms as (

    {% for check_name, (value, before, after) in texts.items() -%}
    select
        measured.as_of_week_start,
        limits.check_name,
        '{{ before }}'
        || cast(
            cast(round(100 * ({{ value }})) as {{ dbt.type_int() }})
            as {{ dbt.type_string() }}
        )
        || '{{ after }}' as alarm
    from measured
    inner join limits
        on {{ value }} > limits.threshold
    where limits.check_name = '{{ check_name }}'
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

listed as (

    select
        as_of_week_start,
        {{ dbt.listagg('alarm', "'; '", 'order by check_name') }} as alarm
    from alarms
    group by as_of_week_start

),

described as (

    select
        measured.*,
        listed.alarm,
        listed.alarm is not null as is_alarm
    from measured
    left join listed
        on measured.as_of_week_start = listed.as_of_week_start

)

select * from described
