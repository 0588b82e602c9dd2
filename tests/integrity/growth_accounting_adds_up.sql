{#
    Active users are new, retained and resurrected ones. Those of the period before are
    retained or dormant now. In weeks, active users are the riders of state_sizes.
#}
with

growth_accounting as (

    select * from {{ ref('growth_accounting') }}

),

state_sizes as (

    select * from {{ ref('state_sizes') }}

),

followed as (

    select
        growth_accounting.*,
        lag(growth_accounting.n_active) over (
            partition by
                growth_accounting.period_weeks,
                growth_accounting.home_city,
                growth_accounting.platform
            order by growth_accounting.period_start
        ) as n_active_before
    from growth_accounting

),

unbalanced as (

    select
        period_weeks,
        period_start,
        'the kinds of users do not add up' as problem
    from followed
    where
        n_active <> n_new + n_retained + n_resurrected
        or n_active_before <> n_retained + n_dormant

),

active as (

    select
        period_start,
        sum(n_active) as n_active
    from growth_accounting
    where period_weeks = 1
    group by period_start

),

riders as (

    select
        week_start,
        sum(n_riders) as n_riders
    from state_sizes
    group by week_start

),

different as (

    select
        1 as period_weeks,
        riders.week_start as period_start,
        'active users are not the riders of the week' as problem
    from riders
    left join active
        on riders.week_start = active.period_start
    where
        riders.n_riders <> active.n_active
        or (active.n_active is null and riders.n_riders > 0)

),

combined as (

    select * from unbalanced
    union all
    select * from different

)

select * from combined
