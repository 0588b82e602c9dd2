{#
    How much the share of each segment differs from that of four weeks before, in each week
    since the fit, and its error by customer: as in
    scripts/user_states/segments/weekly_watch.py. Most customers stay where they are, so
    the error is much smaller than that of two samples.

    With p and q the shares of a segment before and now, a customer adds
    (1[now in it] - q) / n_now - (1[before in it] - p) / n_before, without the part of a
    week in which the customer is in no segment.
#}
with

segments as (

    select * from {{ ref('int_champion_segments') }}

),

flows as (

    select * from {{ ref('segment_flows') }}
    where weeks_back = 4

),

flow_totals as (

    select
        as_of_week_start,
        sum(case when from_segment_id > 0 then n_customers else 0 end) as n_before,
        sum(case when to_segment_id > 0 then n_customers else 0 end) as n_now
    from flows
    group by as_of_week_start

),

shares as (

    select
        flow_totals.as_of_week_start,
        segments.segment_id,
        flow_totals.n_before,
        flow_totals.n_now,
        {{ share(
            'sum(case when flows.from_segment_id = segments.segment_id then flows.n_customers else 0 end)',
            'flow_totals.n_before'
        ) }} as share_before,
        {{ share(
            'sum(case when flows.to_segment_id = segments.segment_id then flows.n_customers else 0 end)',
            'flow_totals.n_now'
        ) }} as share_now
    from flow_totals
    cross join segments
    inner join flows
        on flow_totals.as_of_week_start = flows.as_of_week_start
    where flow_totals.n_before > 0 and flow_totals.n_now > 0
    group by
        flow_totals.as_of_week_start,
        segments.segment_id,
        flow_totals.n_before,
        flow_totals.n_now

),

effects as (

    select
        shares.as_of_week_start,
        shares.segment_id,
        shares.share_before,
        shares.share_now,
        flows.n_customers,
        case
            when flows.to_segment_id = 0 then 0
            when flows.to_segment_id = shares.segment_id
                then (1 - shares.share_now) / shares.n_now
            else -shares.share_now / shares.n_now
        end
        - case
            when flows.from_segment_id = 0 then 0
            when flows.from_segment_id = shares.segment_id
                then (1 - shares.share_before) / shares.n_before
            else -shares.share_before / shares.n_before
        end as effect
    from shares
    inner join flows
        on shares.as_of_week_start = flows.as_of_week_start

),

drifts as (

    select
        as_of_week_start,
        segment_id,
        share_before,
        share_now,
        share_now - share_before as difference,
        sqrt({{ exact_sum('n_customers * effect * effect', 20) }}) as standard_error
    from effects
    group by as_of_week_start, segment_id, share_before, share_now

),

described as (

    select
        drifts.as_of_week_start,
        drifts.segment_id,
        segments.segment_key,
        drifts.share_before,
        drifts.share_now,
        drifts.standard_error,
        coalesce(
            drifts.difference / nullif(drifts.share_before, 0),
            case when drifts.difference > 0 then 1 else 0 end
        ) as relative_change,
        coalesce(drifts.difference / nullif(drifts.standard_error, 0), 0)
            as standard_errors_of_change
    from drifts
    inner join segments
        on drifts.segment_id = segments.segment_id

)

select * from described
