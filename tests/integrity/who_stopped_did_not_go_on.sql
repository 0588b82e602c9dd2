{#
    Customers who stopped at a step, and had never come further, are among those whom the
    funnel counts as not going on.
#}
with

drop_offs as (

    select * from {{ ref('journey_drop_offs') }}

),

funnels as (

    select * from {{ ref('journey_funnels') }}

),

stopped as (

    select
        funnel,
        position,
        count(distinct customer_id) as n_stopped
    from drop_offs
    where is_open and not went_further_before
    group by funnel, position

),

wrong as (

    select
        stopped.funnel,
        stopped.position,
        stopped.n_stopped,
        funnels.n_dropped
    from stopped
    inner join funnels
        on
            stopped.funnel = funnels.funnel
            and stopped.position + 1 = funnels.position
    where
        funnels.unit = 'person'
        and funnels.counting = 'ordered'
        and funnels.within = 'window'
        and stopped.n_stopped > funnels.n_dropped

)

select * from wrong
