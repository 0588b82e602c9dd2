{#
    How many customers are in each segment, week by week, and how much its share changed.
#}
with

weekly_segments as (

    select * from {{ ref('customer_weekly_segments') }}

),

segments as (

    select * from {{ ref('int_champion_segments') }}

),

share_changes as (

    select * from {{ ref('segment_share_changes') }}

),

counted as (

    select
        as_of_week_start,
        segment_id,
        count(*) as n_customers
    from weekly_segments
    group by as_of_week_start, segment_id

),

totals as (

    select
        as_of_week_start,
        sum(n_customers) as n_customers
    from counted
    group by as_of_week_start

),

-- A segment that is empty in a week has a row, too.
sizes as (

    select
        totals.as_of_week_start,
        segments.segment_id,
        segments.segment_key,
        segments.segment_name,
        segments.run_id,
        coalesce(counted.n_customers, 0) as n_customers,
        {{ share('coalesce(counted.n_customers, 0)', 'totals.n_customers') }}
            as customer_share,
        totals.as_of_week_start < segments.fit_week_start as is_before_fit
    from totals
    cross join segments
    left join counted
        on
            totals.as_of_week_start = counted.as_of_week_start
            and segments.segment_id = counted.segment_id

),

described as (

    select
        sizes.as_of_week_start,
        sizes.segment_id,
        sizes.segment_key,
        sizes.segment_name,
        sizes.n_customers,
        sizes.customer_share,
        share_changes.share_before as share_four_weeks_before,
        share_changes.relative_change,
        share_changes.standard_errors_of_change,
        sizes.is_before_fit,
        sizes.run_id
    from sizes
    left join share_changes
        on
            sizes.as_of_week_start = share_changes.as_of_week_start
            and sizes.segment_id = share_changes.segment_id

)

select * from described
