{#
    The funnels of the seed, without the steps that no event of the log is, and without
    those funnels whose first step is not there.

    seed       1 product_view   2 add_to_cart   3 payment_details   4 purchase
    no event                                    payment_details
    position   1                2                                   3
#}
with

funnels as (

    select * from {{ ref('funnel_steps') }}

),

triples as (

    select * from {{ ref('int_journey_triples') }}

),

known_steps as (

    select distinct step
    from triples

),

marked as (

    select
        funnels.funnel,
        funnels.sort_order,
        funnels.step,
        funnels.title,
        known_steps.step is not null as is_known,
        dense_rank() over (
            partition by funnels.funnel order by funnels.sort_order
        ) as seed_position
    from funnels
    left join known_steps
        on funnels.step = known_steps.step

),

begun as (

    select distinct funnel
    from marked
    where is_known and seed_position = 1

),

placed as (

    select
        marked.funnel,
        marked.step,
        marked.title,
        cast(
            dense_rank() over (
                partition by marked.funnel order by marked.sort_order
            ) as {{ dbt.type_int() }}
        ) as position
    from marked
    inner join begun
        on marked.funnel = begun.funnel
    where marked.is_known

),

measured as (

    select
        funnel,
        position,
        step,
        min(title) over (partition by funnel, position) as title,
        max(position) over (partition by funnel) as n_positions
    from placed

),

kept as (

    select * from measured
    where n_positions > 1

)

select * from kept
