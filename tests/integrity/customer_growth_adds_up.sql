{#
    Active customers are new, retained and resurrected ones, and those of the period before
    are retained or dormant now. The groups of the states, and members and others of every
    cohort, add up to all customers, kind by kind.
#}
{%- set kinds = ['active', 'new', 'retained', 'resurrected', 'dormant'] -%}

with

growth_accounting as (

    select * from {{ ref('customer_growth_accounting') }}

),

followed as (

    select
        growth_accounting.*,
        lag(growth_accounting.n_active) over (
            partition by
                growth_accounting.period_weeks,
                growth_accounting.split_by,
                growth_accounting.group_key
            order by growth_accounting.period_start
        ) as n_active_before
    from growth_accounting

),

unbalanced as (

    select
        period_weeks,
        period_start,
        split_by,
        'the kinds of customers do not add up' as problem
    from followed
    where
        n_active <> n_new + n_retained + n_resurrected
        or (
            split_by = 'all'
            and n_active_before <> n_retained + n_dormant
        )

),

summed as (

    select
        {%- for kind in kinds %}
        sum(n_{{ kind }}) as n_{{ kind }},
        {%- endfor %}
        period_weeks,
        period_start,
        split_by
    from growth_accounting
    group by period_weeks, period_start, split_by

),

different as (

    select
        summed.period_weeks,
        summed.period_start,
        summed.split_by,
        'the groups do not add up to all customers' as problem
    from summed
    inner join growth_accounting as everybody
        on
            summed.period_weeks = everybody.period_weeks
            and summed.period_start = everybody.period_start
            and everybody.split_by = 'all'
    where
        summed.n_active <> everybody.n_active
        or summed.n_new <> everybody.n_new
        or summed.n_retained <> everybody.n_retained
        or summed.n_resurrected <> everybody.n_resurrected
        or summed.n_dormant <> everybody.n_dormant

),

combined as (

    select * from unbalanced
    union all
    select * from different

)

select * from combined
