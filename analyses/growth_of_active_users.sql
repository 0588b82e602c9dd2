{#
    Do active users grow, and why? Periods of four weeks, with the "quick ratio": users won
    (new and resurrected) for each user lost (dormant). Above 1, active users grow. Without
    the start of the log, where everybody seems to be new.
#}
with

growth_accounting as (

    select * from {{ ref('growth_accounting') }}

)

select
    period_start,
    sum(n_active) as n_active,
    sum(n_new) as n_new,
    sum(n_retained) as n_retained,
    sum(n_resurrected) as n_resurrected,
    sum(n_dormant) as n_dormant,
    round(
        cast(
            {{ share('sum(n_new) + sum(n_resurrected)', 'sum(n_dormant)') }}
            as {{ type_exact() }}
        ),
        2
    ) as quick_ratio,
    round(
        cast(
            {{ share('sum(n_retained)', 'sum(n_retained) + sum(n_dormant)') }}
            as {{ type_exact() }}
        ),
        3
    ) as retained_share
from growth_accounting
where period_weeks = 4 and not is_start_of_log
group by period_start
order by period_start
