{#
    How much the customers of segments change, week by week since the fit: the same numbers
    as scripts/user_states/segments/weekly_watch.py.
#}
with

sizes as (

    select * from {{ ref('segment_sizes') }}
    where not is_before_fit

),

share_changes as (

    select * from {{ ref('segment_share_changes') }}

),

flows as (

    select * from {{ ref('segment_flows') }}
    where weeks_back = 1

),

segments as (

    select * from {{ ref('int_champion_segments') }}

),

fits as (

    select
        run_id,
        fit_week_start,
        count(*) as n_segments
    from segments
    group by run_id, fit_week_start

),

totals as (

    select
        as_of_week_start,
        sum(n_customers) as n_customers
    from sizes
    group by as_of_week_start

),

moves as (

    select
        as_of_week_start,
        {{ share(
            'sum(case when from_segment_id = to_segment_id then n_customers else 0 end)',
            'sum(n_customers)'
        ) }} as kept_share
    from flows
    where from_segment_id > 0 and to_segment_id > 0
    group by as_of_week_start

),

mixes as (

    select
        sizes.as_of_week_start,
        {{ exact_sum(stability_term(
            'sizes.n_customers', 'now.n_customers',
            'fitted.n_customers', 'at_fit.n_customers', 'fits.n_segments'
        ), 12) }} as mix_drift
    from sizes
    inner join fits
        on sizes.run_id = fits.run_id
    inner join totals as now
        on sizes.as_of_week_start = now.as_of_week_start
    inner join totals as at_fit
        on fits.fit_week_start = at_fit.as_of_week_start
    inner join sizes as fitted
        on
            fits.fit_week_start = fitted.as_of_week_start
            and sizes.segment_id = fitted.segment_id
    group by sizes.as_of_week_start

),

drifts as (

    select
        as_of_week_start,
        coalesce(
            max(
                case
                    when abs(standard_errors_of_change) > 3
                        then abs(relative_change)
                end
            ), 0
        ) as share_drift
    from share_changes
    group by as_of_week_start

),

described as (

    select
        totals.as_of_week_start,
        drifts.share_drift,
        mixes.mix_drift,
        moves.kept_share
    from totals
    left join drifts
        on totals.as_of_week_start = drifts.as_of_week_start
    left join mixes
        on totals.as_of_week_start = mixes.as_of_week_start
    left join moves
        on totals.as_of_week_start = moves.as_of_week_start

)

select * from described
